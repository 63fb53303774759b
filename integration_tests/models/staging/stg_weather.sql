with deliveries as (

    select
        *,
        row_number() over (partition by origin, time_hour order by loaded_at desc) as delivery
    from {{ source('raw', 'weather') }}

)

select
    origin,
    time_hour as observed_hour,
    {#- Decimals, because a sum of floats depends on the order of addition. #}
    cast(temp as decimal(6, 2)) as temperature,
    cast(wind_speed as decimal(8, 2)) as wind_speed,
    cast(precip as decimal(6, 2)) as precipitation,
    cast(visib as decimal(6, 2)) as visibility,
    loaded_at
from deliveries
where delivery = 1
