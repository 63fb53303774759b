{{ config(unique_key='order_id') }}

select order_id, customer_id, amount, loaded_at
from {{ source('raw', 'orders') }}
where status = 'open'
{% if is_incremental() %}
    and loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
