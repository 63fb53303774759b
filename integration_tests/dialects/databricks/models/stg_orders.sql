{{ config(materialized='ephemeral') }}
select
    order_id,
    customer,
    nvl(amount, 0) as amount,
    status,
    get_json_object(payload, '$.channel.name') as channel,
    placed_at,
    cast(placed_at as date) as placed_on,
    date_add(cast(placed_at as date), 2) as due_on,
    loaded_at
from {{ source('shop', 'orders') }}
