{{ config(unique_key='flight_id', partition_by='departure_day' if target.type == 'spark' else none) }}

{#-
    The weather of an hour may arrive after the flights of that hour, or be corrected later. All flights of the hour
    are then rebuilt.
#}
{%- set unit = ['cast(departure_hour as date)'] if target.type == 'spark' else ['origin', 'departure_hour'] %}
{%- set upstreams = [
    {
        'relation': ref('fct_flights'),
        'loaded_at': 'loaded_at',
        'watermark_column': 'flight_loaded_at',
        'keys': unit,
    },
    {
        'relation': ref('stg_weather'),
        'loaded_at': 'loaded_at',
        'watermark_column': 'weather_loaded_at',
        'keys': ['cast(observed_hour as date)'] if target.type == 'spark' else ['origin', 'observed_hour'],
    },
] %}

with flights as (

    select * from {{ ref('fct_flights') }}
    where {{ entity_kit.touched_filter(unit, upstreams) }}

)

select
    flights.flight_id,
    flights.flight_date,
    flights.origin,
    flights.dest,
    flights.carrier,
    flights.departure_delay,
    weather.temperature,
    weather.wind_speed,
    weather.precipitation,
    weather.visibility,
    planes.manufacturer,
    planes.model,
    planes.seats,
    flights.loaded_at as flight_loaded_at,
    weather.loaded_at as weather_loaded_at{% if target.type == 'spark' %},
    cast(flights.departure_hour as date) as departure_day{% endif %}
from flights
left join {{ ref('stg_weather') }} as weather
    on
        weather.origin = flights.origin
        and weather.observed_hour = flights.departure_hour
left join {{ ref('stg_planes') }} as planes on planes.tail_number = flights.tail_number
