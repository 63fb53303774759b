{#- The mistake: only new flights are read. Weather that arrives later never reaches the flights that
    are already there, and a day's weather is complete only when the day is over. -#}
{{ config(unique_key='flight_id') }}

with daily_weather as (

    select
        origin,
        make_date(year, month, day) as weather_date,
        count(*) as hours_observed,
        max(wind_speed) as strongest_wind
    from {{ source('raw', 'weather') }}
    group by 1, 2

)

select
    flights.flight_id,
    flights.origin,
    flights.flight_date,
    daily_weather.hours_observed,
    daily_weather.strongest_wind,
    flights.loaded_at
from {{ source('raw', 'flights') }} as flights
left join daily_weather
    on
        daily_weather.origin = flights.origin
        and daily_weather.weather_date = flights.flight_date
{% if is_incremental() %}
where flights.loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
