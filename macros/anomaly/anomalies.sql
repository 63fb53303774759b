{%- macro anomalies(
    series, value, period='period_start', by=[], method='zscore', window=7, min_history=7, threshold=2.5, season=none,
    direction='both', loaded_at=none, grain='day', exclude_anomalies=false, min_deviation=0, as_of=none, timezone='UTC',
    model_config={}
) -%}
{{ return(adapter.dispatch('anomalies', 'entity_kit')(
    series, value, period, by, method, window, min_history, threshold, season,
    direction, loaded_at, grain, exclude_anomalies, min_deviation, as_of, timezone, model_config
)) }}
{%- endmacro -%}

{#-
    Each point's periods before it are found by their number, not by their row: a missing period stays missing. A full
    refresh and an incremental run differ only in `units`: the latter has the points that changed, and those whose
    baseline reaches one that did.
-#}
{%- macro default__anomalies(
    series, value, period, by, method, window, min_history, threshold, season,
    direction, loaded_at, grain, exclude_anomalies, min_deviation, as_of, timezone, model_config
) -%}
{%- set name = 'anomalies' -%}
{%- set rule = entity_kit._anomaly_rule(
    name, method, window, min_history, threshold, season, direction, grain, exclude_anomalies, min_deviation
) -%}
{%- do entity_kit._anomaly_config(name, loaded_at, model_config) -%}
{%- set spec = entity_kit._anomaly_spec(
    name, 'series', series, value, period, by, loaded_at, as_of, timezone, rule, loaded_at is not none and is_incremental()
) -%}
{{ entity_kit._model_query(
    spec, entity_kit._anomaly_ctes(spec), entity_kit._anomaly_select(spec), is_recursive=rule.excludes
) }}
{%- endmacro -%}
