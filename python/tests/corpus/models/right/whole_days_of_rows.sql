{{ config(unique_key='occurred_on') }}

select cast(occurred_at as date) as occurred_on, event_id, page, loaded_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where cast(occurred_at as date) in (
    select cast(occurred_at as date)
    from {{ source('raw', 'events') }}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
)
{% endif %}
