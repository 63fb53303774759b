{{ config(unique_key='flight_id', partition_by='flight_date' if target.type == 'spark' else none) }}

{%- set new_flights = {'relation': ref('stg_flights'), 'loaded_at': 'loaded_at'} %}

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
where {{ entity_kit.touched_filter('flight_date', new_flights) if target.type == 'spark'
    else entity_kit.incremental_filter('loaded_at') }}
