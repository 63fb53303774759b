{{
    config(
        incremental_strategy='microbatch',
        event_time='occurred_at',
        begin='2024-01-01',
        batch_size='day',
        lookback=0,
    )
}}

select event_id, user_id, page, occurred_at
from {{ source('raw', 'events') }}
