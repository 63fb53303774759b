{{ config(unique_key='order_id', incremental_strategy='append') }}

select order_id, status, amount, loaded_at
from {{ source('raw', 'orders') }}
where ordered_at >= '{{ var("start_date", "2024-02-01") }}'
{% if is_incremental() %}
    and order_id not in (select order_id from {{ this }})
{% endif %}
