{#-
    The conditions for a row that arrived since the last run: two for an event, instead of one with `or`, which would
    make engines read more than either needs; one for a `version`.
-#}
{%- macro _grain_arrived(name, loaded_at, lookback_interval) -%}
{%- set of_event = entity_kit._past_watermark(
    loaded_at, 'loaded_at', this | string, lookback_interval, name, 'lookback_interval'
) -%}
{%- set of_version = entity_kit._past_watermark(
    'loaded_at', 'history_loaded_at', this | string, lookback_interval, name, 'lookback_interval'
) -%}
{{ return({
    'event': [of_event, loaded_at ~ ' is null'],
    'version': 'loaded_at is null or ' ~ of_version,
}) }}
{%- endmacro -%}
