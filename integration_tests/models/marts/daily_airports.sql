{#- A batch is a year, and the year before is always read again: microbatch never looks back further
    than `lookback`, so it must cover both the latest arrival and the longest pause between runs. #}
{{ config(
    incremental_strategy='microbatch',
    event_time='departure_day',
    begin='2013-01-01',
    batch_size='year',
    lookback=1,
) }}

select
    origin,
    date_trunc('day', occurred_at) as departure_day,
    count(*) as flights,
    count(distinct dest) as destinations,
    sum(distance) as distance,
    max(loaded_at) as loaded_at
from {{ ref('stg_flights') }}
group by 1, 2
