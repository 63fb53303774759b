{{ config(unique_key='event_id') }}

select event_id, user_id, page, loaded_at
from {{ ref('known_events') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') - interval 1 day from {{ this }})
{% endif %}
