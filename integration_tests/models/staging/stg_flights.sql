with deliveries as (

    select
        *,
        row_number() over (partition by flight_id order by loaded_at desc) as delivery
    from {{ source('raw', 'flights') }}

)

select
    flight_id,
    flight_date,
    occurred_at,
    {{ start_of('hour', 'occurred_at') }} as departure_hour,
    carrier,
    flight as flight_number,
    origin,
    dest,
    tailnum as tail_number,
    dep_delay as departure_delay,
    arr_delay as arrival_delay,
    air_time,
    distance,
    dep_time is null as is_cancelled,
    loaded_at
from deliveries
where delivery = 1
