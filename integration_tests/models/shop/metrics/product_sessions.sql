{{ config(materialized='view') }}

-- The last version of each row.
select
    session_id,
    user_id,
    started_at,
    loaded_at
from (
    select
        *,
        row_number() over (partition by session_id order by loaded_at desc) as recency
    from {{ source('shop_events', 'sessions_log') }}
) as versions
where recency = 1
