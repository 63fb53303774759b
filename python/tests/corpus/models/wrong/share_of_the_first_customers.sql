{{ config(unique_key='customer_id') }}

select customer_id, 1.0 / count(*) over (partition by segment) as share_of_the_segment, loaded_at
from {{ source('raw', 'customers') }}
where customer_id % 2 = 0
{% if is_incremental() %}
    and loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
