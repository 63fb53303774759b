{#-
    The columns of a query, as dbt's Column objects, with the engine's type names for tables. No row is read. dbt's own
    lookup does this except where `_misreads_types` is true.
-#}
{%- macro _query_columns(sql) -%}
{%- set empty = 'select * from (\n' ~ sql ~ '\n) as entity_kit_columns where 1 = 0' -%}
{%- if not entity_kit._misreads_types() -%}
    {{ return(adapter.get_column_schema_from_query(empty)) }}
{%- endif -%}
{%- set described = run_query(
    'select column_name, column_type as data_type, null as character_maximum_length, null as numeric_precision,'
    ~ ' null as numeric_scale from (describe ' ~ empty ~ ') as described'
) -%}
{{ return(dbt.sql_convert_columns_in_relation(described)) }}
{%- endmacro -%}
