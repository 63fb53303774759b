{{ config(incremental_strategy='append') }}

select distinct user_id || '/' || cast(occurred_at as date) as user_day
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where user_id || '/' || cast(occurred_at as date) not in (select user_day from {{ this }})
{% endif %}
