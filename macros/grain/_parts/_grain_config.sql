{#- The configs of a grain table, including what `grain_rollup` needs to know. The user's configs come last. -#}
{%- macro _grain_config(spec, model_config) -%}
{%- if spec.in_partitions -%}
    {%- do entity_kit._partition_config(spec.partitions.column) -%}
{%- else -%}
    {%- do config(
        materialized='incremental', incremental_strategy=entity_kit._row_strategy('replaced'),
        unique_key=['period_start', 'durable_key']
    ) -%}
    {%- do entity_kit._fail_on_schema_change(model_config) -%}
{%- endif -%}
{%- do config(meta={'entity_kit_grain': {
    'grain': spec.grain, 'business_key': spec.business_key, 'spine': spec.spine, 'timezone': spec.timezone,
    'has_history': spec.has_history
}}) -%}
{%- do config(meta=entity_kit._described(spec.measures + spec.trailing)) -%}
{%- set takes_back = spec.may_shrink or spec.backfill is not none -%}
{%- if takes_back and spec.in_partitions -%}
    {%- do config(post_hook="{{ entity_kit._drop_withdrawn(this, '" ~ spec.partitions.column ~ "') }}") -%}
{%- elif takes_back -%}
    {%- do config(post_hook='delete from {{ this }} where period_end = period_start') -%}
{%- endif -%}
{%- do config(model_config) -%}
{%- endmacro -%}
