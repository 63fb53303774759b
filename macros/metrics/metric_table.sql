{%- macro metric_table(
    metrics, grain, dimensions=[], loaded_at=none, timezone='UTC', spine='sparse', lookback_interval=none,
    upstreams=[], model_config={}
) -%}
{{ return(adapter.dispatch('metric_table', 'entity_kit')(
    metrics, grain, dimensions, loaded_at, timezone, spine, lookback_interval, upstreams, model_config
)) }}
{%- endmacro -%}

{#-
    Each source (a semantic model by one of its times) is read once. Its rows give the measures that the metrics are made
    of, per period and dimensions; the metrics are computed from those. A full refresh and an incremental run differ only
    in the periods: the latter joins `entity_kit_touched`.

    dbt has no metrics yet while it parses. There, `metric()` names them as what the model depends on.
-#}
{%- macro default__metric_table(
    metrics, grain, dimensions, loaded_at, timezone, spine, lookback_interval, upstreams, model_config
) -%}
{%- set asked = entity_kit._metric_arguments(
    'metric_table', metrics, grain, dimensions, loaded_at, timezone, spine, lookback_interval, upstreams, model_config
) -%}
{%- do entity_kit._metric_config(asked, model_config) -%}
{%- set spec = entity_kit._metric_spec(asked) if execute else none -%}
with {{ entity_kit._metric_ctes(spec) | join(',\n\n') }}

select *
from entity_kit_built
{%- if spec is not none and spec.narrowed %}
{{ entity_kit._metric_withdrawn(spec) }}
{%- endif %}
{%- endmacro -%}
