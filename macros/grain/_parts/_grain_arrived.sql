{#-
    What tells that a row has arrived since the last run: of an event two conditions, and not one with `or`, which would
    make engines read what neither of them needs; of a `version` one.
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
    'version': '(' ~ of_version ~ ' or loaded_at is null)',
}) }}
{%- endmacro -%}
