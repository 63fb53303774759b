{{ config(unique_key='page') }}

with touched as (
    select page, event_id, loaded_at
    from {{ source('raw', 'events') }}
    {% if is_incremental() %}
    where page in (
        select page from {{ source('raw', 'events') }}
        where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    )
    order by event_id desc
    {% endif %}
)
select page, list(event_id) as events, max(loaded_at) as loaded_at
from touched
group by page
