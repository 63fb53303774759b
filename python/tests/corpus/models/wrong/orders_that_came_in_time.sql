{{ config(unique_key='order_id') }}

select order_id, status, amount, ordered_at
from {{ source('raw', 'orders') }}
where order_id % 7 > 0
{% if is_incremental() %}
    and ordered_at > (select coalesce(max(ordered_at), '-infinity') from {{ this }})
{% endif %}
