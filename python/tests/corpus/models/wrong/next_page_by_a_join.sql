{{ config(unique_key='event_id') }}

select views.event_id, views.user_id, later.page as next_page, views.loaded_at
from {{ source('raw', 'events') }} as views
left join {{ source('raw', 'events') }} as later
    on later.user_id = views.user_id and later.occurred_at > views.occurred_at
{% if is_incremental() %}
where views.loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
qualify row_number() over (partition by views.event_id order by later.occurred_at, later.event_id) = 1
