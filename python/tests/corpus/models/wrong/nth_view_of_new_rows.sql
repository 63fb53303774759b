{{ config(unique_key='event_id') }}

select
    event_id,
    user_id,
    row_number() over (partition by user_id order by occurred_at, event_id) as nth_view,
    loaded_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
