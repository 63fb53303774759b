{{ config(unique_key='month') }}

select cast(date_trunc('month', occurred_at) as date) as month, count(*) as events, max(occurred_at) as last_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where date_trunc('month', occurred_at) >= (
    select date_trunc('month', coalesce(max(last_at), timestamp '1970-01-01') - interval 21 day) from {{ this }}
)
{% endif %}
group by 1
