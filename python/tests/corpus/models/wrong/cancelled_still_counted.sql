{{ config(unique_key='room_month') }}

select
    room || ' ' || date_trunc('month', loaded_at) as room_month,
    count(*) as reservations,
    sum(nights) as nights,
    max(loaded_at) as loaded_at
from {{ source('raw', 'reservations') }}
{% if is_incremental() %}
where room || ' ' || date_trunc('month', loaded_at) in (
    select room || ' ' || date_trunc('month', loaded_at)
    from {{ source('raw', 'reservations') }}
    where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
)
{% endif %}
group by 1
