{{ config(unique_key='order_id') }}

select
    orders.order_id,
    orders.amount,
    ratings.stars,
    greatest(orders.loaded_at, coalesce(ratings.loaded_at, orders.loaded_at)) as loaded_at
from {{ source('raw', 'orders') }} as orders
left join {{ source('raw', 'ratings') }} as ratings on ratings.order_id = orders.order_id
{% if is_incremental() %}
where orders.loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
