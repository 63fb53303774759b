{{ config(
    incremental_strategy='microbatch',
    event_time='loaded_at',
    begin='2024-01-01',
    batch_size='month',
    lookback=2,
) }}

select reading_id, sensor_id, degrees, loaded_at
from {{ source('raw', 'readings') }}
