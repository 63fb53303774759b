{{ config(unique_key='event_id', meta={'entity_kit': {'ignore_columns': ['read_up_to']}}) }}

with new_events as (
    select event_id, page, loaded_at
    from {{ source('raw', 'events') }}
    {% if is_incremental() %}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}
)
select *, (select max(loaded_at) from new_events) as read_up_to
from new_events
