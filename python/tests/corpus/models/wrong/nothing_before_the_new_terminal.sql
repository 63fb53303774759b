{{ config(unique_key='payment_id') }}

select payment_id, order_id, amount, loaded_at
from {{ source('raw', 'payments') }}
where payment_id >= 100
{% if is_incremental() %}
    and loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
