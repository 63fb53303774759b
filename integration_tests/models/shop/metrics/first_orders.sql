{{ config(materialized='view') }}

-- When a customer's other line arrives, the first order may be another one.
select
    customer_id,
    min(case when not is_cancelled then ordered_at end) as first_ordered_at,
    max(loaded_at) as loaded_at
from {{ ref('order_lines') }}
group by customer_id
having min(case when not is_cancelled then ordered_at end) is not null
