{{ config(unique_key='occurred_on') }}

select cast(occurred_at as date) as occurred_on, count(*) as events, sum(seconds) as seconds, max(loaded_at) as loaded_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where cast(occurred_at as date) in (
    select cast(occurred_at as date)
    from {{ source('raw', 'events') }}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
)
{% endif %}
group by 1
