{{ config(unique_key='order_id', incremental_strategy='merge', merge_update_columns=['status', 'loaded_at']) }}

select order_id, customer_id, status, amount, loaded_at
from {{ source('raw', 'orders') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
