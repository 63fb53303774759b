{{ config(unique_key='route_day_key', partition_by='flight_date' if target.type == 'spark' else none) }}

{%- set unit = ['flight_date', 'origin', 'dest'] %}
{%- set new_flights = {'relation': ref('stg_flights'), 'loaded_at': 'loaded_at'} %}

with flights as (

    select * from {{ ref('stg_flights') }}
    where {{ entity_kit.touched_filter('flight_date' if target.type == 'spark' else unit, new_flights) }}

),

routes as (

    select
        flight_date,
        origin,
        dest,
        count(*) as flights,
        count(distinct carrier) as carriers,
        count(distinct tail_number) as planes,
        avg(departure_delay) as average_departure_delay,
        min(air_time) as fastest,
        max(loaded_at) as loaded_at
    from flights
    group by flight_date, origin, dest

)

select
    {{ entity_kit.generate_surrogate_key(unit) }} as route_day_key,
    routes.*,
    airports.airport_name as dest_name
from routes
left join {{ ref('stg_airports') }} as airports on airports.airport = routes.dest
