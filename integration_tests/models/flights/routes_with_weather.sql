{{ config(materialized='view') }}

{#- A route's hours with the weather at its origin, which comes from the airport's hours. #}
select
    routes.origin,
    routes.dest,
    routes.period_start,
    routes.period_end,
    routes.departures,
    routes.air_minutes,
    airports.temperature,
    airports.wind_speed,
    airports.visibility
from {{ ref('routes_hourly') }} as routes
left join {{ ref('airports_hourly') }} as airports
    on airports.origin = routes.origin
        and airports.period_start = routes.period_start
