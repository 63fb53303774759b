{% test no_anomalies(
    model, value=none, period='period_start', by=[], method='zscore', window=7, min_history=7, threshold=2.5, season=none,
    direction='both', loaded_at=none, grain='day', exclude_anomalies=false, min_deviation=0, as_of=none, timezone='UTC',
    metric_name=none, statuses=['anomaly', 'no_deviation', 'several_rows', 'no_period'], last_periods=none
) -%}
{{ entity_kit.anomaly_findings(
    model, value, period, by, method, window, min_history, threshold, season,
    direction, loaded_at, grain, exclude_anomalies, min_deviation, as_of, timezone,
    metric_name, statuses, last_periods
) }}
{%- endtest %}
