{{ config(unique_key=['origin', 'departure_hour']) }}

{%- set new_flights = {'relation': ref('stg_flights'), 'loaded_at': 'loaded_at'} %}

select
    origin,
    departure_hour,
    count(*) as scheduled,
    count(departure_delay) as departed,
    sum(departure_delay) as departure_delay,
    max(loaded_at) as loaded_at
from {{ ref('stg_flights') }}
where {{ entity_kit.touched_filter(['origin', 'departure_hour'], new_flights) }}
group by origin, departure_hour
