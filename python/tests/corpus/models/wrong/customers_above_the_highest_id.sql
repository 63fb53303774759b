{{ config(unique_key='customer_id') }}

select customer_id, name, segment
from {{ source('raw', 'customers') }}
{% if is_incremental() %}
where customer_id > (select coalesce(max(customer_id), -1) from {{ this }})
{% endif %}
