{% test no_late_rows_lost(
    model, source, keys, model_keys=none, loaded_at=none, watermark_column=none, lookback_interval=none,
    source_where=none
) %}
{{ entity_kit.late_rows_lost(
    model, source, keys, model_keys, loaded_at, watermark_column, lookback_interval, source_where
) }}
{% endtest %}
