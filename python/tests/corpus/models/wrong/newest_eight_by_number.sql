{{ config(unique_key='payment_id') }}

select payment_id, order_id, amount, loaded_at
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
qualify row_number() over (order by loaded_at desc, payment_id) <= 8
{% endif %}
