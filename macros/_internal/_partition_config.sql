{#- The configs of a model whose rows are replaced by whole partitions (see `_replaces_partitions`). -#}
{%- macro _partition_config(column) -%}
{%- do config(
    materialized='incremental', incremental_strategy='insert_overwrite', file_format='parquet', partition_by=[column],
    on_schema_change='fail'
) -%}
{%- endmacro -%}
