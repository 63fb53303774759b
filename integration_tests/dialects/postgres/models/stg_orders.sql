{{ config(materialized='ephemeral') }}
select
    order_id,
    customer,
    coalesce(amount, 0) as amount,
    status,
    payload -> 'channel' ->> 'name' as channel,
    placed_at,
    placed_at::date as placed_on,
    (placed_at + interval '2 days')::date as due_on,
    loaded_at
from {{ source('shop', 'orders') }}
