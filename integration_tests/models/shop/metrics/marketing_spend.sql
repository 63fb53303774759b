{{ config(materialized='view') }}

-- The last version of each row.
select
    spend_id,
    channel,
    amount,
    spent_on,
    loaded_at
from (
    select
        *,
        row_number() over (partition by spend_id order by loaded_at desc) as recency
    from {{ source('shop_events', 'marketing_spend_log') }}
) as versions
where recency = 1
