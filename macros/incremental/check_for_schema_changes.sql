{%- macro check_for_schema_changes(source_relation, target_relation) -%}
{{ return(adapter.dispatch('check_for_schema_changes', 'entity_kit')(source_relation, target_relation)) }}
{%- endmacro -%}

{%- macro default__check_for_schema_changes(source_relation, target_relation) -%}
{{ return(dbt.default__check_for_schema_changes(source_relation, target_relation)) }}
{%- endmacro -%}

{%- macro duckdb__check_for_schema_changes(source_relation, target_relation) -%}
{#- A Python model has written its rows to a table by now, which dbt compares correctly. -#}
{%- if entity_kit._misreads_types() and model['language'] == 'sql' -%}
    {{ return(entity_kit._schema_changes(target_relation)) }}
{%- endif -%}
{{ return(dbt.default__check_for_schema_changes(source_relation, target_relation)) }}
{%- endmacro -%}
