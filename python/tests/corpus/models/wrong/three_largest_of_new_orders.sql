{{ config(unique_key=['customer_id', 'order_id']) }}

select customer_id, order_id, amount, loaded_at
from {{ source('raw', 'orders') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
qualify row_number() over (partition by customer_id order by amount desc, order_id) <= 3
