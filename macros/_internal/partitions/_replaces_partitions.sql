{#-
    Whether the model's rows are replaced by whole partitions, because the engine can't delete rows. A partition then
    has whole units, and an incremental run builds all units of each partition with a touched unit.
-#}
{%- macro _replaces_partitions(macro_name, model_config) -%}
{{ return(adapter.dispatch('_replaces_partitions', 'entity_kit')(macro_name, model_config)) }}
{%- endmacro -%}

{%- macro default___replaces_partitions(macro_name, model_config) -%}
{{ return(false) }}
{%- endmacro -%}

{%- macro spark___replaces_partitions(macro_name, model_config) -%}
{%- set strategy = model_config.get('incremental_strategy', 'insert_overwrite') -%}
{%- do entity_kit._require(
    strategy in ['insert_overwrite', 'merge'], macro_name, 'model_config.incremental_strategy',
    'insert_overwrite or merge on Spark', strategy,
    'Leave it out: whole partitions are replaced. merge needs the file_format delta, iceberg, or hudi.'
) -%}
{{ return(strategy == 'insert_overwrite') }}
{%- endmacro -%}

{#- Databricks tables are Delta Lake tables, which can delete. -#}
{%- macro databricks___replaces_partitions(macro_name, model_config) -%}
{{ return(false) }}
{%- endmacro -%}

{#- BigQuery has no delete+insert. A merge works for one row per unit, but versions and sessions come and go. -#}
{%- macro bigquery___replaces_partitions(macro_name, model_config) -%}
{{ return(macro_name in ['scd2_history', 'scd1_current', 'sessions', 'session_events']) }}
{%- endmacro -%}
