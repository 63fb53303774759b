{{ config(unique_key='order_id') }}

select
    orders.order_id,
    orders.amount,
    customers.name,
    customers.segment,
    orders.loaded_at,
    customers.loaded_at as customers_loaded_at
from {{ source('raw', 'orders') }} as orders
left join {{ source('raw', 'customers') }} as customers on customers.customer_id = orders.customer_id
{% if is_incremental() %}
where
    orders.loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    or customers.loaded_at >= (select coalesce(max(customers_loaded_at), '-infinity') from {{ this }})
{% endif %}
