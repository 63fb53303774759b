{{ config(unique_key='week', incremental_strategy='merge') }}

select cast(date_trunc('week', occurred_at) as date) as week, count(distinct user_id) as users, max(loaded_at) as loaded_at
from {{ source('raw', 'events') }}
group by 1
{% if is_incremental() %}
having max(loaded_at) >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
