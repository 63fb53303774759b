{#- The columns of a query in lowercase, with the types that the engine itself reports. -#}
{%- macro _column_types(sql) -%}
{%- set types = {} -%}
{%- for column in entity_kit._query_columns(sql) -%}
    {%- do types.update({column.name | lower: column.data_type}) -%}
{%- endfor -%}
{{ return(types) }}
{%- endmacro -%}
