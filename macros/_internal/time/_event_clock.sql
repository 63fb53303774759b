{#-
    The `column`, of `event`, by which the engine can find the events near an instant in UTC, and how many `days` it may be off. It
    is the time itself, of which engines keep statistics, where they can compare it with a plain timestamp. Then one day
    is for the session's zone, if the time isn't known to be without one; the other is for the calendar's zone.
-#}
{%- macro _event_clock(event_time, kind, reads_zone) -%}
{%- set zone_days = 1 if reads_zone else 0 -%}
{%- set has_zone = kind not in ['date', 'plain', 'plain nanoseconds'] -%}
{%- set is_column = entity_kit._is_word(event_time) or entity_kit._is_quoted(event_time) -%}
{%- if is_column and (not has_zone or entity_kit._compares_times()) -%}
{{ return({
    'is_stored': true,
    'column': 'event.' ~ event_time,
    'days': zone_days + (1 if has_zone else 0),
}) }}
{%- endif -%}
{{ return({'is_stored': false, 'column': 'event.entity_kit_occurred_at', 'days': zone_days}) }}
{%- endmacro -%}
