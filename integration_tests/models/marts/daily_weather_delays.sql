{{ config(unique_key=['flight_date', 'origin'], partition_by='flight_date' if target.type == 'spark' else none) }}

{#-
    A flight changes when the flight or its weather arrives. Each of the two times has its own watermark, because
    neither says anything about the other.
#}
{%- set unit = ['flight_date'] if target.type == 'spark' else ['flight_date', 'origin'] %}
{%- set upstreams = [
    {'relation': ref('flights_enriched'), 'loaded_at': 'flight_loaded_at'},
    {'relation': ref('flights_enriched'), 'loaded_at': 'weather_loaded_at'},
] %}

select
    flight_date,
    origin,
    count(*) as flights,
    sum(seats) as seats,
    sum(case when precipitation > 0 then departure_delay end) as departure_delay_in_rain,
    sum(case when precipitation = 0 then departure_delay end) as departure_delay_when_dry,
    min(visibility) as worst_visibility,
    max(wind_speed) as strongest_wind,
    max(flight_loaded_at) as flight_loaded_at,
    max(weather_loaded_at) as weather_loaded_at
from {{ ref('flights_enriched') }}
where {{ entity_kit.touched_filter(unit, upstreams) }}
group by flight_date, origin
