{#-
    Join the events, as `event`, with distinct units, which keeps the rows that are in one of them. It is an inner join
    with a bound for each unit, because DuckDB turns these into a filter on the scan, and anything else into slow
    joins.
-#}
{%- macro _join_units(spec, units, period) -%}
{%- set unit_period = 'unit.' ~ period -%}
{{ return(entity_kit._join('inner join ' ~ units ~ ' as unit', [
    entity_kit._same_key('unit', 'event', spec.business_key),
    unit_period ~ ' = event.entity_kit_period'
] + entity_kit._near_period(spec, unit_period, unit_period))) }}
{%- endmacro -%}
