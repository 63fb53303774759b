{{ config(unique_key='order_id') }}

select orders.order_id, orders.amount, stores.region, orders.loaded_at
from {{ source('raw', 'orders') }} as orders
left join {{ source('raw', 'stores') }} as stores on stores.store_id = orders.store_id
{% if is_incremental() %}
where orders.loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
