{{ config(incremental_strategy='append') }}

select order_id, customer_id, status, amount, loaded_at
from {{ source('raw', 'orders') }}
{% if is_incremental() %}
where order_id not in (select order_id from {{ this }})
{% endif %}
