{#- The columns of a query in lower case, with the types that the engine itself gives for them. -#}
{%- macro _column_types(sql) -%}
{%- set types = {} -%}
{%- for column in adapter.get_column_schema_from_query(
    'select * from (\n' ~ sql ~ '\n) as entity_kit_columns where 1 = 0'
) -%}
    {%- do types.update({column.name | lower: column.data_type}) -%}
{%- endfor -%}
{{ return(types) }}
{%- endmacro -%}
