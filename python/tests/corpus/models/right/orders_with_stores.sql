{{ config(unique_key='order_id') }}

select orders.order_id, orders.amount, stores.region, orders.loaded_at, stores.loaded_at as stores_loaded_at
from {{ source('raw', 'orders') }} as orders
left join {{ source('raw', 'stores') }} as stores on stores.store_id = orders.store_id
where
    {{ entity_kit.touched_filter(
        'orders.order_id', {'relation': source('raw', 'orders'), 'loaded_at': 'loaded_at', 'keys': 'order_id'}
    ) }}
    or {{ entity_kit.touched_filter('orders.store_id', {
        'relation': source('raw', 'stores'),
        'loaded_at': 'loaded_at',
        'keys': 'store_id',
        'watermark_column': 'stores_loaded_at'
    }) }}
