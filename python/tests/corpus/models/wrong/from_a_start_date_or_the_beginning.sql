{{ config(unique_key='reading_id') }}

select reading_id, degrees, loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% else %}
where loaded_at >= timestamp '2024-01-10'
{% endif %}
