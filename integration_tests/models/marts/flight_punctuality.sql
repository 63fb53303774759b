{{ config(
    unique_key='flight_id' if target.type == 'bigquery' else ['carrier', 'flight_number', 'origin', 'dest'],
    partition_by='carrier' if target.type == 'spark' else none,
) }}

{#- A window function depends on its whole partition, so the whole partition must be recomputed. #}
{%- set line = ['carrier'] if target.type == 'spark' else ['carrier', 'flight_number', 'origin', 'dest'] %}
{%- set departures = 'partition by carrier, flight_number, origin, dest order by occurred_at' %}
{%- set new_flights = {'relation': ref('fct_flights'), 'loaded_at': 'loaded_at'} %}

select
    flight_id,
    carrier,
    flight_number,
    origin,
    dest,
    occurred_at,
    arrival_delay,
    lag(arrival_delay) over ({{ departures }}) as previous_arrival_delay,
    row_number() over ({{ departures }}) as nth_departure,
    count(case when is_cancelled then 1 end) over (
        {{ departures }}
        rows between unbounded preceding and current row
    ) as cancelled_so_far,
    loaded_at
from {{ ref('fct_flights') }}
where {{ entity_kit.touched_filter(line, new_flights) }}
