{{ config(unique_key='payment_id') }}

select payments.payment_id, payments.amount, orders.currency, payments.loaded_at
from {{ source('raw', 'payments') }} as payments
left join {{ source('raw', 'orders') }} as orders on orders.order_id = payments.order_id
{% if is_incremental() %}
where payments.loaded_at > (select max(loaded_at) from {{ source('raw', 'orders') }})
{% endif %}
