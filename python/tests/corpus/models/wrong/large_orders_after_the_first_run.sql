{{ config(unique_key='order_id') }}

select order_id, amount, loaded_at
from {{ source('raw', 'orders') }}
{% if is_incremental() %}
where amount >= 20 and loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
