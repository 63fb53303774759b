{{ config(unique_key='order_id', incremental_strategy='merge', on_schema_change='append_new_columns') }}

select order_id, customer_id, coupon, amount, loaded_at
from {{ source('raw', 'orders') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
