{{ config(unique_key='room') }}

select room, avg(nights) as nights, max(loaded_at) as loaded_at
from (
    select room, nights, loaded_at
    from {{ source('raw', 'reservations') }}
    {% if is_incremental() %}
    where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    union all
    select room, nights, loaded_at from {{ this }}
    {% endif %}
)
group by room
