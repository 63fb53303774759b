{{ config(unique_key='order_id') }}

select order_id, status, amount, ordered_at
from {{ source('raw', 'orders') }}
{% if is_incremental() %}
where ordered_at >= (select coalesce(max(ordered_at), '-infinity') - interval 14 day from {{ this }})
{% endif %}
