{{ config(incremental_strategy='append') }}

select event_id, user_id, page, loaded_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
