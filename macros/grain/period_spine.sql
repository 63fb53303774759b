{%- macro period_spine(grain, start, end) -%}
{{ return(adapter.dispatch('period_spine', 'entity_kit')(grain, start, end)) }}
{%- endmacro -%}

{#- Runs no query while dbt compiles, so that start and end may be expressions, and dbt can compile offline. -#}
{%- macro default__period_spine(grain, start, end) -%}
{%- set name = 'period_spine' -%}
{%- do entity_kit._one_of(name, 'grain', grain, ['hour', 'day', 'week', 'month', 'quarter', 'year']) -%}
{%- for value in [start, end] -%}
    {%- do entity_kit._require(
        value is not undefined and value is not none and value | string | trim | length > 0,
        name, 'start' if loop.first else 'end', 'a date, a timestamp or an expression', value, 'Write it as \'2024-01-01\'.'
    ) -%}
{%- endfor -%}
{%- set first = entity_kit._utc_instant(start) -%}
{%- set past = entity_kit._utc_instant(end) -%}
{%- set ends -%}
(
    select
        {{ entity_kit._period_start(grain, 'starts_at') }} as first_period,
        {{ entity_kit._period_start(grain, entity_kit._dateadd('microsecond', -1, 'ends_at')) }} as last_period
    from (
        select {{ first }} as starts_at, {{ past }} as ends_at
    ) as given
    where starts_at < ends_at
) as ends
{%- endset -%}
{%- set numbers = entity_kit._numbers(1000000) -%}
{{ 'with ' ~ numbers ~ '\n\n' if numbers }}select
    period_start,
    {{ entity_kit._plus_periods(grain, 1, 'period_start') }} as period_end
from (
    {{ entity_kit._each_period(grain, ends, ['first_period'], 'period_start') | indent(4) }}
) as periods
{%- endmacro -%}
