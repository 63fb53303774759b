{{ config(unique_key='month') }}

select cast(date_trunc('month', occurred_at) as date) as month, sum(seconds) as seconds, max(loaded_at) as loaded_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
group by 1
