{{ config(unique_key='payment_id') }}

select payment_id, order_id, amount, paid_at
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where paid_at >= (select max(paid_at) - interval 10 day from {{ source('raw', 'payments') }})
{% endif %}
