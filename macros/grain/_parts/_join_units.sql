{#-
    Join `events_with_period` with distinct units, which keeps the rows that are in one of them. It is an inner join
    with a bound for each unit, because DuckDB turns these into a filter on the scan, and anything else into slow
    joins.
-#}
{%- macro _join_units(units, period, keys, grain, occurred_at) -%}
{%- set unit_period = 'unit.' ~ period -%}
inner join {{ units }} as unit
    on {{ entity_kit._same_key('unit', 'events_with_period', keys) | indent(8) }}
        and {{ unit_period }} = events_with_period.entity_kit_period
{%- if entity_kit._is_word(occurred_at) or entity_kit._is_quoted(occurred_at) %}
        {{- entity_kit._near_period(
            'events_with_period.' ~ occurred_at, unit_period, entity_kit._plus_periods(grain, 1, unit_period)
        ) | indent(8) }}
{%- endif %}
{%- endmacro -%}
