{#-
    Microbatch never looks back further than `lookback` batches, so `lookback` must cover the longest pause between
    runs. The shop's data starts eleven years after the flights', and verify's schedule `gap` misses every run in
    between.
#}
{{ config(
    incremental_strategy='microbatch',
    event_time='departure_day',
    begin='2013-01-01',
    batch_size='year',
    lookback=11,
    partition_by={
        'spark': 'departure_day',
        'bigquery': {'field': 'departure_day', 'data_type': 'datetime', 'granularity': 'year'},
    }.get(target.type),
    unique_key=['origin', 'departure_day'] if target.type == 'postgres' else none,
) }}

select
    origin,
    {{ start_of('day', 'occurred_at') }} as departure_day,
    count(*) as flights,
    count(distinct dest) as destinations,
    sum(distance) as distance,
    max(loaded_at) as loaded_at
from {{ ref('stg_flights') }}
group by 1, 2
