{{ config(unique_key='event_id') }}

select event_id, user_id, page, occurred_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where occurred_at >= (select coalesce(max(occurred_at), '-infinity') - interval 60 hour from {{ this }})
{% endif %}
