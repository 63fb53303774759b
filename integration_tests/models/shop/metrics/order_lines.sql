{{ config(materialized='view') }}

-- The last version of each row.
select
    line_item_id,
    order_id,
    customer_id,
    quantity * unit_price as amount,
    returned_quantity * unit_price as returned_amount,
    is_cancelled,
    ordered_at,
    loaded_at
from (
    select
        *,
        row_number() over (partition by line_item_id order by loaded_at desc) as recency
    from {{ source('shop_events', 'line_items_log') }}
) as versions
where recency = 1
