{{ config(unique_key='user_id') }}

select user_id, min(occurred_at) as first_seen, max(occurred_at) as last_seen, max(loaded_at) as loaded_at
from {{ source('raw', 'events') }}
where user_id is not null
{% if is_incremental() %}
    and loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
group by 1
