{{ config(unique_key='payment_id', incremental_strategy='merge') }}

select payment_id, order_id, amount, loaded_at
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
qualify row_number() over (partition by payment_id order by loaded_at desc) = 1
