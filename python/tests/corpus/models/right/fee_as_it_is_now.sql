{{ config(unique_key='order_id') }}

select
    orders.order_id,
    orders.amount,
    orders.amount * fees.fee as fee,
    greatest(orders.loaded_at, fees.loaded_at) as loaded_at
from {{ source('raw', 'orders') }} as orders
left join {{ source('raw', 'fees') }} as fees on fees.currency = orders.currency
{% if is_incremental() %}
where greatest(orders.loaded_at, fees.loaded_at) >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
