{#-
    Whether the model's rows are replaced by whole partitions, because the engine deletes none. There a partition holds
    whole units, and an incremental run builds all units of each partition in which one is touched.
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

{#- Its tables are Delta Lake's, which can delete. -#}
{%- macro databricks___replaces_partitions(macro_name, model_config) -%}
{{ return(false) }}
{%- endmacro -%}

{#- Nothing deletes and inserts in one go there. A merge does for one row a unit; versions come and go. -#}
{%- macro bigquery___replaces_partitions(macro_name, model_config) -%}
{{ return(macro_name in ['scd2_history', 'scd1_current']) }}
{%- endmacro -%}
