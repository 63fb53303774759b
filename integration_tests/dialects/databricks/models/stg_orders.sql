{{ config(materialized='ephemeral') }}
select
    order_id,
    customer,
    nvl(amount, 0) as amount,
    status,
    placed_at,
    cast(placed_at as date) as placed_on,
    cast(cast(placed_at as date) + interval 2 day as date) as due_on,
    loaded_at
from {{ source('shop', 'orders') }}
