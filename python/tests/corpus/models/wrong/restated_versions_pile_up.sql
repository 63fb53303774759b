{{ config(incremental_strategy='append') }}

select order_id, status, amount, loaded_at
from {{ source('raw', 'orders') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
