{{ config(unique_key='month') }}

select
    cast(date_trunc('month', occurred_at) as date) as month,
    count(*) as events,
    sum(seconds) as seconds,
    max(cast(occurred_at as date)) as last_day
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where cast(occurred_at as date) >= (select coalesce(max(last_day), '-infinity') - interval 3 day from {{ this }})
{% endif %}
group by 1
