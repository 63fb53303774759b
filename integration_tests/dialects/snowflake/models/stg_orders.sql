{{ config(materialized='ephemeral') }}
select
    order_id,
    customer,
    nvl(amount, 0) as amount,
    status,
    payload:channel.name::string as channel,
    placed_at,
    placed_at::date as placed_on,
    dateadd(day, 2, placed_at)::date as due_on,
    loaded_at,
    payload
from {{ source('shop', 'ORDERS') }}
