{{ config(unique_key='version_id') }}

select md5(concat_ws('-', order_id, loaded_at)) as version_id, order_id, status, amount, loaded_at
from {{ source('raw', 'orders') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
