{{ config(unique_key='order_id') }}

select
    payments.order_id,
    payments.payment_id,
    payments.amount,
    payments.loaded_at
from {{ source('raw', 'payments') }} as payments
{% if is_incremental() %}
where payments.loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
