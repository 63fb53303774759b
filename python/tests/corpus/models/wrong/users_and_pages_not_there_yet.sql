{{ config(incremental_strategy='append') }}

select e.user_id || ' ' || e.event_id as visit, e.page
from {{ source('raw', 'events') }} as e
{% if is_incremental() %}
where e.user_id || ' ' || e.event_id not in (select known.visit from {{ this }} as known)
{% endif %}
