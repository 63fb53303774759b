{{ config(unique_key='order_id') }}

with orders as (

    select * from {{ source('raw', 'orders') }}
    {% if is_incremental() %}
    where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}

)

select orders.order_id, orders.amount, orders.amount * fees.fee as fee, orders.loaded_at
from orders
left join {{ source('raw', 'fees') }} as fees on fees.currency = orders.currency
