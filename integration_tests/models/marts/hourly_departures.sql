{{ config(unique_key=['origin', 'departure_hour'], partition_by='departure_day' if target.type == 'spark' else none) }}

{%- set unit = ['cast(departure_hour as date)'] if target.type == 'spark' else ['origin', 'departure_hour'] %}
{%- set new_flights = {'relation': ref('stg_flights'), 'loaded_at': 'loaded_at', 'keys': unit} %}

select
    origin,
    departure_hour,
    count(*) as scheduled,
    count(departure_delay) as departed,
    sum(departure_delay) as departure_delay,
    max(loaded_at) as loaded_at{% if target.type == 'spark' %},
    cast(departure_hour as date) as departure_day{% endif %}
from {{ ref('stg_flights') }}
where {{ entity_kit.touched_filter(unit, new_flights) }}
group by origin, departure_hour
