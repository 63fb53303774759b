{{ config(incremental_strategy='append') }}

select distinct user_id || '/' || cast(occurred_at as date) as user_day
from {{ source('raw', 'events') }} as e
{% if is_incremental() %}
where not exists (
    select 1 from {{ this }} as known
    where known.user_day is not distinct from e.user_id || '/' || cast(e.occurred_at as date)
)
{% endif %}
