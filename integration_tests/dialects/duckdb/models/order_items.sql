{{ config(materialized='incremental', incremental_strategy='merge', unique_key=['order_id', 'sku']) }}
select orders.order_id, item.sku, item.qty, orders.loaded_at
from {{ ref('stg_orders') }} as orders, unnest(orders.items) as items (item)
{% if is_incremental() %}
where orders.loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
qualify row_number() over (partition by orders.order_id, item.sku order by orders.loaded_at desc) = 1
