{{ config(unique_key='customer_id') }}

select customer_id, name, segment, loaded_at
from {{ source('raw', 'customers') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
order by loaded_at
limit 8
{% endif %}
