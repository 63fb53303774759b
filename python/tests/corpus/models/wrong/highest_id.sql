{{ config(incremental_strategy='append') }}

select event_id, user_id, page
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where event_id > (select coalesce(max(event_id), -1) from {{ this }})
{% endif %}
