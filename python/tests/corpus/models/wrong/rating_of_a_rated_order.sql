{{ config(unique_key='order_id') }}

select o.order_id, o.amount, r.stars, o.loaded_at
from {{ source('raw', 'orders') }} as o
join {{ source('raw', 'ratings') }} as r on r.order_id = o.order_id
{% if is_incremental() %}
where o.loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
