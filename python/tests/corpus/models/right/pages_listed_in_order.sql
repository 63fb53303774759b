{{ config(unique_key='page') }}

select page, list(event_id order by event_id) as events, max(loaded_at) as loaded_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where page in (
    select page from {{ source('raw', 'events') }}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
)
{% endif %}
group by page
