{%- macro incremental_filter(loaded_at, lookback_interval=none, watermark_column=none, relation=this) -%}
{{ return(adapter.dispatch('incremental_filter', 'entity_kit')(
    loaded_at, lookback_interval, watermark_column, relation
)) }}
{%- endmacro -%}

{%- macro default__incremental_filter(loaded_at, lookback_interval, watermark_column, relation) -%}
{%- set name = 'incremental_filter' -%}
{%- do entity_kit._string(name, 'loaded_at', loaded_at) -%}
{%- set target = entity_kit._target(relation, name) -%}
{%- set column = entity_kit._watermark_column(
    watermark_column, loaded_at, target, entity_kit._target_columns(relation), name
) -%}
{%- set arrived = entity_kit._past_watermark(
    entity_kit._expression(loaded_at), column, target, lookback_interval, name, 'lookback_interval'
) -%}
{{ return(arrived if is_incremental() else 'true') }}
{%- endmacro -%}
