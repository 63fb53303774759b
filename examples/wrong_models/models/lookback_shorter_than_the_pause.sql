{#- The mistake: a microbatch model rereads as many batches as `lookback` says, counted back from now.
    If runs are missed for longer than that, their batches are never built. -#}
{{ config(
    incremental_strategy='microbatch',
    event_time='occurred_at',
    begin='2013-01-01',
    batch_size='month',
    lookback=1,
) }}

select
    flight_id,
    carrier,
    occurred_at,
    arr_delay
from {{ source('raw', 'flights') }}
