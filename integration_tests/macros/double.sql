{#- The name of the type of a float of eight bytes; what dbt's `type_float` gives has four on some engines. -#}
{%- macro double() -%}
{{ {'postgres': 'double precision', 'redshift': 'double precision', 'bigquery': 'float64'}.get(target.type, 'double') }}
{%- endmacro -%}
