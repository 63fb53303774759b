{{ config(incremental_strategy='append') }}

select event_id, user_id, page, loaded_at
from {{ source('raw', 'events') }} as events
{% if is_incremental() %}
where not exists (select 1 from {{ this }} as known where known.event_id = events.event_id)
{% endif %}
