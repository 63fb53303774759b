{{ config(unique_key='flight_id') }}

select
    flight_id,
    flight_date,
    occurred_at,
    departure_hour,
    carrier,
    flight_number,
    origin,
    dest,
    tail_number,
    departure_delay,
    arrival_delay,
    air_time,
    distance,
    is_cancelled,
    {{ entity_kit.hashdiff(['tail_number', 'departure_delay', 'arrival_delay', 'air_time']) }} as outcome_hash,
    loaded_at
from {{ ref('stg_flights') }}
where {{ entity_kit.incremental_filter('loaded_at') }}
