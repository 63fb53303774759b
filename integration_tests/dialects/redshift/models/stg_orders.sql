{{ config(materialized='ephemeral') }}
select
    order_id,
    customer,
    nvl(amount, 0) as amount,
    status,
    placed_at,
    placed_at::date as placed_on,
    dateadd(day, 2, placed_at)::date as due_on,
    loaded_at
from {{ source('shop', 'orders') }}
