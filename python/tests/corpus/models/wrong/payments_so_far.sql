{{ config(unique_key='order_id') }}

with paid as (

    select order_id, count(distinct payment_id) as payments, max(paid_at) as last_paid_at
    from {{ source('raw', 'payments') }}
    group by 1

)

select orders.order_id, orders.amount, coalesce(paid.payments, 0) as payments, paid.last_paid_at, orders.loaded_at
from {{ source('raw', 'orders') }} as orders
left join paid on paid.order_id = orders.order_id
{% if is_incremental() %}
where orders.loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
