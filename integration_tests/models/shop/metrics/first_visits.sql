{{ config(materialized='view') }}

-- When a customer's other visit arrives, the first one may be another.
select
    customer_id,
    min(visited_at) as first_visited_at,
    max(loaded_at) as loaded_at
from (
    select
        *,
        row_number() over (partition by visit_id order by loaded_at desc) as recency
    from {{ source('shop_events', 'site_visits_log') }}
) as versions
where recency = 1
group by customer_id
