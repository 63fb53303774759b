{%- macro grain_coverage(
    relation, business_key, grain=none, events=none, occurred_at=none, timezone='UTC'
) -%}
{{ return(adapter.dispatch('grain_coverage', 'entity_kit')(
    relation, business_key, grain, events, occurred_at, timezone
)) }}
{%- endmacro -%}

{#- One row with what a grain table contains and what it lacks compared with its events. -#}
{%- macro default__grain_coverage(relation, business_key, grain, events, occurred_at, timezone) -%}
{%- set name = 'grain_coverage' -%}
{%- set keys = entity_kit._column_names(name, 'business_key', business_key) -%}
{%- set key_list = keys | join(', ') -%}
{%- set has_events = events is not none -%}
{%- if has_events -%}
    {%- do entity_kit._one_of(name, 'grain', grain, ['hour', 'day', 'week', 'month', 'quarter', 'year']) -%}
{%- endif -%}
{%- set happened = none if not has_events
    else entity_kit._utc(entity_kit._expression(entity_kit._string(name, 'occurred_at', occurred_at))) -%}
{%- set zone = entity_kit._zone(name, timezone) -%}
with held as (
    select
        {{ key_list }},
        period_start,
        period_end,
        lag(period_end) over (partition by {{ key_list }} order by period_start) as previous_end,
        lag(period_start) over (partition by {{ key_list }} order by period_start) as previous_start
    from {{ entity_kit._relation(relation, name, 'relation') }}
),

summary as (
    select
        min(period_start) as first_period,
        max(period_start) as last_period,
        count(*) as row_count,
        count(case when previous_start is null then 1 end) as entity_count,
        count(case when previous_end < period_start then 1 end) as gap_count,
        min(case when previous_end < period_start then previous_end end) as first_gap
    from held
)
{%- if has_events -%}
,

recorded as (
    select distinct {{ key_list }}, {{ entity_kit._period_of(grain, happened, zone) }} as period_start
    from {{ entity_kit._relation(events, name, 'events') }}
    where {{ entity_kit._not_all_null(keys) }}
        and {{ happened }} is not null
),

missing as (
    select
        count(*) as units_to_build,
        min(recorded.period_start) as build_from,
        max(recorded.period_start) as build_to
    from recorded
    left join held
        on {{ entity_kit._same_key('held', 'recorded', keys) | indent(12) }}
            and held.period_start = recorded.period_start
    where held.period_start is null
)
{%- endif %}

select summary.*{{ ', missing.*' if has_events }}
from summary
{%- if has_events %}
cross join missing
{%- endif %}
{%- endmacro -%}
