{{ config(unique_key='occurred_on', incremental_strategy='delete+insert') }}

with days as (
    select cast(occurred_at as date) as occurred_on, count(*) as events, sum(seconds) as seconds
    from {{ source('raw', 'events') }}
    {% if is_incremental() %}
    where cast(occurred_at as date) >= (select coalesce(max(occurred_on), '-infinity') from {{ this }})
    {% endif %}
    group by 1
)
select occurred_on, 'events' as measure, events as value from days
union all
select occurred_on, 'seconds', seconds from days
