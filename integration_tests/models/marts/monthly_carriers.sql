{#-
    The key is the period, not the row: every run replaces whole months. A merge needs the row's key, and works because
    no row ever disappears.
#}
{{ config(
    unique_key=['flight_month', 'carrier'] if target.type == 'bigquery' else 'flight_month',
    partition_by='flight_month' if target.type == 'spark' else none,
) }}

{%- set month = 'cast(' ~ start_of('month', 'flight_date') ~ ' as date)' %}
{%- set new_days = {'relation': ref('daily_carriers'), 'loaded_at': 'loaded_at', 'keys': [month]} %}

select
    {{ month }} as flight_month,
    carrier,
    carrier_name,
    sum(flights) as flights,
    sum(cancelled) as cancelled,
    sum(late) as late,
    max(worst_arrival_delay) as worst_arrival_delay,
    rank() over (
        partition by {{ month }}
        order by sum(flights) desc
    ) as rank_in_month,
    max(loaded_at) as loaded_at
from {{ ref('daily_carriers') }}
where {{ entity_kit.touched_filter([month], new_days) }}
group by 1, carrier, carrier_name
