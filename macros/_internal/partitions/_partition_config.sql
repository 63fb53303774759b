{#- The configs of a model whose rows are replaced by whole partitions (see `_replaces_partitions`). -#}
{%- macro _partition_config(column, buckets=none) -%}
{{ return(adapter.dispatch('_partition_config', 'entity_kit')(column, buckets)) }}
{%- endmacro -%}

{#- As on Spark. -#}
{%- macro default___partition_config(column, buckets) -%}
{%- do config(
    materialized='incremental', incremental_strategy='insert_overwrite', file_format='parquet', partition_by=[column],
    on_schema_change='fail'
) -%}
{%- endmacro -%}

{%- macro bigquery___partition_config(column, buckets) -%}
{%- do config(
    materialized='incremental', incremental_strategy='insert_overwrite', on_schema_change='fail',
    partition_by={
        'field': column, 'data_type': 'int64', 'range': {'start': 0, 'end': buckets, 'interval': 1}
    }
) -%}
{%- endmacro -%}
