{{ config(unique_key=['flight_date', 'carrier'], partition_by='flight_date' if target.type == 'spark' else none) }}

{%- set unit = ['flight_date'] if target.type == 'spark' else ['flight_date', 'carrier'] %}
{%- set new_flights = {'relation': ref('fct_flights'), 'loaded_at': 'loaded_at'} %}

with flights as (

    select * from {{ ref('fct_flights') }}
    where {{ entity_kit.touched_filter(unit, new_flights) }}

)

select
    flights.flight_date,
    flights.carrier,
    airlines.carrier_name,
    count(*) as flights,
    count(case when flights.is_cancelled then 1 end) as cancelled,
    count(case when flights.arrival_delay > 15 then 1 end) as late,
    sum(flights.arrival_delay) as arrival_delay,
    max(flights.arrival_delay) as worst_arrival_delay,
    max(flights.loaded_at) as loaded_at
from flights
left join {{ ref('stg_airlines') }} as airlines on airlines.carrier = flights.carrier
group by flights.flight_date, flights.carrier, airlines.carrier_name
