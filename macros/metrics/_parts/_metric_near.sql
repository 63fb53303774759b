{#-
    Bounds on the time of a source's rows around the touched periods, as conditions, by which an engine can skip most of a
    table: it keeps statistics of a column, not of its period. Two days are for zones. A source whose rows reach other
    periods has none.
-#}
{%- macro _metric_near(spec, source) -%}
{%- if not source.has_bounds -%}
{{ return([]) }}
{%- endif -%}
{%- set time = source.id ~ '_rows.entity_kit_time' -%}
{%- set past = entity_kit._plus_periods(spec.grain, 1, 'max(entity_kit_period)') -%}
{{ return([
    time ~ ' >= (select ' ~ entity_kit._dateadd('day', -2, 'min(entity_kit_period)') ~ ' from entity_kit_touched)',
    time ~ ' <= (select ' ~ entity_kit._dateadd('day', 2, past) ~ ' from entity_kit_touched)'
]) }}
{%- endmacro -%}
