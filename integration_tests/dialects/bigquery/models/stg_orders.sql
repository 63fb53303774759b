{{ config(materialized='ephemeral') }}
select
    order_id,
    customer,
    ifnull(amount, 0) as amount,
    {{ dbt.safe_cast('amount', dbt.type_float()) }} as amount_as_float,
    status,
    json_value(payload, '$.channel.name') as channel,
    placed_at,
    date(placed_at) as placed_on,
    date(timestamp_add(placed_at, interval 2 day)) as due_on,
    loaded_at,
    items
from {{ source('shop', 'orders') }}
