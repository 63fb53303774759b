{{ config(materialized='ephemeral') }}
select
    order_id,
    customer,
    coalesce(amount, 0) as amount,
    status,
    payload ->> '$.channel.name' as channel,
    placed_at,
    cast(placed_at as date) as placed_on,
    cast(placed_at + interval 2 day as date) as due_on,
    loaded_at,
    items
from {{ source('shop', 'orders') }}
