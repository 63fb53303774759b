{{ config(unique_key='order_id') }}

select
    order_id,
    amount,
    exists (select 1 from {{ source('raw', 'payments') }} as payments where payments.order_id = orders.order_id) as is_paid,
    loaded_at
from {{ source('raw', 'orders') }} as orders
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
