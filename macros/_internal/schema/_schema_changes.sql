{#- What dbt's `check_for_schema_changes` returns, for the current SQL model and the table it was built as. -#}
{%- macro _schema_changes(relation) -%}
{%- set given = entity_kit._query_columns(compiled_code) -%}
{%- set built = adapter.get_columns_in_relation(relation) -%}
{%- set added = dbt.diff_columns(given, built) -%}
{%- set removed = dbt.diff_columns(built, given) -%}
{%- set retyped = dbt.diff_column_data_types(given, built) -%}
{{ return({
    'schema_changed': (added + removed + retyped) | length > 0,
    'source_not_in_target': added,
    'target_not_in_source': removed,
    'source_columns': given,
    'target_columns': built,
    'new_target_types': retyped,
}) }}
{%- endmacro -%}
