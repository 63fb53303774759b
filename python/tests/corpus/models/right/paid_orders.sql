{{ config(unique_key='order_id') }}

with paid as (

    select order_id, count(distinct payment_id) as payments, max(loaded_at) as paid_loaded_at
    from {{ source('raw', 'payments') }}
    group by 1

)

select orders.order_id, orders.amount, coalesce(paid.payments, 0) as payments, orders.loaded_at, paid.paid_loaded_at
from {{ source('raw', 'orders') }} as orders
left join paid on paid.order_id = orders.order_id
{% if is_incremental() %}
where
    orders.loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    or paid.paid_loaded_at >= (select coalesce(max(paid_loaded_at), '-infinity') from {{ this }})
{% endif %}
