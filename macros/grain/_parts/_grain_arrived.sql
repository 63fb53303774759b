{#-
    The conditions for a row that arrived since the last run: two for an event, where one with `or` would make an engine
    read more than either needs; one for a `version`.
-#}
{%- macro _grain_arrived(name, loaded_at, lookback_interval) -%}
{%- set of_event = entity_kit._past_watermark(
    loaded_at, 'loaded_at', this | string, lookback_interval, name, 'lookback_interval'
) -%}
{%- set of_version = entity_kit._past_watermark(
    'loaded_at', 'history_loaded_at', this | string, lookback_interval, name, 'lookback_interval'
) -%}
{%- set no_time = loaded_at ~ ' is null' -%}
{{ return({
    'event': [of_event, no_time] if entity_kit._splits_arrived() else ['(' ~ no_time ~ ' or ' ~ of_event ~ ')'],
    'version': 'loaded_at is null or ' ~ of_version,
}) }}
{%- endmacro -%}
