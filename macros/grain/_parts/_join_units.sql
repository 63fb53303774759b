{#-
    Join `events_with_period` with distinct units, which keeps the rows that are in one of them. It is an inner join
    with a bound for each unit, because DuckDB turns these into a filter on the scan, and anything else into slow
    joins.
-#}
{%- macro _join_units(spec, units, period) -%}
{%- set unit_period = 'unit.' ~ period -%}
inner join {{ units }} as unit
    on {{ entity_kit._same_key('unit', 'events_with_period', spec.business_key) | indent(8) }}
        and {{ unit_period }} = events_with_period.entity_kit_period
        {{- entity_kit._near_period(spec, unit_period, unit_period) | indent(8) }}
{%- endmacro -%}
