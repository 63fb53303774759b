{#- The name of the 8-byte float type. dbt's `type_float` has four bytes on some engines. -#}
{%- macro double() -%}
{{ {'postgres': 'double precision', 'redshift': 'double precision', 'bigquery': 'float64'}.get(target.type, 'double') }}
{%- endmacro -%}
