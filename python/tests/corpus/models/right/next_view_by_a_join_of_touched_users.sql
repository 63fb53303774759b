{{ config(unique_key='event_id') }}

with touched as (

    select distinct coalesce(user_id, -1) as who
    from {{ source('raw', 'events') }}
    {% if is_incremental() %}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}

),

views as (

    select events.*
    from {{ source('raw', 'events') }} as events
    inner join touched on coalesce(events.user_id, -1) = touched.who

)

select
    views.event_id,
    views.user_id,
    views.occurred_at,
    min(later.occurred_at) as next_at,
    views.loaded_at
from views
left join {{ source('raw', 'events') }} as later
    on later.user_id = views.user_id and later.occurred_at > views.occurred_at
group by all
