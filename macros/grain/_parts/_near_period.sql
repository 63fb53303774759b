{#- Coarse bounds on the event time in periods from one to another, as a list: they let engines skip most of a table. -#}
{%- macro _near_period(spec, first_period, last_period) -%}
{%- if not spec.clock.is_stored -%}
{{ return([]) }}
{%- endif -%}
{%- set found = namespace(all=[]) -%}
{%- for sign, days, period in [
    ('>=', spec.clock.days, first_period),
    ('<=', -spec.clock.days, entity_kit._plus_periods(spec.grain, 1, last_period))
] -%}
    {%- set instant = period if spec.grain == 'hour' or entity_kit._compares_times()
        else 'cast(' ~ period ~ ' as ' ~ entity_kit._plain_timestamp_type() ~ ')' -%}
    {%- set found.all = found.all + [
        spec.clock.column ~ ' ' ~ sign ~ ' ' ~ entity_kit._days_before(instant, days)
    ] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
