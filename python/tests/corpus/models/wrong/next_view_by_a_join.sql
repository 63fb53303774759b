{{ config(unique_key='event_id') }}

with new_views as (

    select *
    from {{ source('raw', 'events') }}
    {% if is_incremental() %}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}

)

select
    new_views.event_id,
    new_views.user_id,
    new_views.occurred_at,
    min(later.occurred_at) as next_at,
    new_views.loaded_at
from new_views
left join {{ source('raw', 'events') }} as later
    on later.user_id = new_views.user_id and later.occurred_at > new_views.occurred_at
group by all
