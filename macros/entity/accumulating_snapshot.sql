{%- macro accumulating_snapshot(
    events, business_key, occurred_at, loaded_at, milestones, lags=[], attributes=[], metrics=[], row_key=none,
    deleted_when=none, updated_at=none, lookback_interval=none, model_config={}, buckets=32, partition_column=none,
    source_columns=none
) -%}
{{ return(adapter.dispatch('accumulating_snapshot', 'entity_kit')(
    events, business_key, occurred_at, loaded_at, milestones, lags, attributes, metrics, row_key,
    deleted_when, updated_at, lookback_interval, model_config, buckets, partition_column, source_columns
)) }}
{%- endmacro -%}

{#-
    An entity model whose entities are processes: each milestone is a metric, the earliest or latest time of the events that
    reach it. The lags and the furthest milestone are computed from those.
-#}
{%- macro default__accumulating_snapshot(
    events, business_key, occurred_at, loaded_at, milestones, lags, attributes, metrics, row_key, deleted_when, updated_at,
    lookback_interval, model_config, buckets, partition_column, source_columns
) -%}
{%- set name = 'accumulating_snapshot' -%}
{%- do entity_kit._relation(events, name, 'events') -%}
{%- set time = entity_kit._expression(entity_kit._string(name, 'occurred_at', occurred_at)) -%}
{%- set reached = entity_kit._milestones(name, milestones, time) -%}
{%- do entity_kit._measures(name, 'metrics', metrics, reached | map(attribute='name') | list) -%}
{%- set spec = entity_kit._entity_spec(
    name, events, business_key, loaded_at, (loaded_at if row_key else time) if updated_at is none else updated_at,
    attributes, reached + metrics, row_key, deleted_when, lookback_interval, model_config, buckets, partition_column,
    source_columns
) -%}
{%- set own = spec.metrics[:reached | length] -%}
{%- set others = spec.metrics[reached | length:] -%}
{%- set columns = spec.business_key + ['durable_key'] + spec.attributes + own | map(attribute='column') | list -%}
{%- set between = entity_kit._lags(
    name, lags, own, columns + others | map(attribute='column') | list + ['is_deleted', 'loaded_at']
) -%}
{%- do entity_kit._entity_config(spec, model_config, lags) -%}

{%- set ctes = entity_kit._entity_ctes(spec)
    + ['entity_kit_processes as (\n    ' ~ entity_kit._entity_select(spec) | indent(4) ~ '\n)'] -%}
{%- set final_select = entity_kit._select('select', columns + between + [entity_kit._furthest_milestone(own)]
    + others | map(attribute='column') | list + ['is_deleted', 'loaded_at']
    + ([spec.bucket_column] if spec.in_buckets else [])) ~ '\nfrom entity_kit_processes' -%}
{{ entity_kit._model_query(spec, ctes, final_select) }}
{%- endmacro -%}
