{#-
    The configs of a table of anomalies: a full build, or incremental if the series says when its rows arrived. A point
    that the series no longer has passes through as `withdrawn`, and the hook removes it.
-#}
{%- macro _anomaly_config(name, loaded_at, model_config) -%}
{%- if loaded_at is none -%}
    {%- do config(materialized='table') -%}
{%- else -%}
    {%- do entity_kit._require(
        not entity_kit._replaces_partitions(name, model_config), name, 'loaded_at',
        'left out on an engine that can\'t delete rows', loaded_at,
        'Leave it out: each run then builds the whole table. `as_of` says which periods are over.'
    ) -%}
    {%- do config(
        materialized='incremental', incremental_strategy=entity_kit._row_strategy('replaced'),
        unique_key='surrogate_key', post_hook="delete from {{ this }} where status = 'withdrawn'"
    ) -%}
    {%- do entity_kit._fail_on_schema_change(model_config) -%}
{%- endif -%}
{%- do config(model_config) -%}
{%- endmacro -%}
