{#- The name of the type of a float of eight bytes; what dbt's `type_float` gives has four on some engines. -#}
{%- macro double() -%}
{{ 'double precision' if target.type == 'postgres' else 'double' }}
{%- endmacro -%}
