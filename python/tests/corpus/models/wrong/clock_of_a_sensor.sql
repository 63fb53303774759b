{{ config(unique_key='reading_id') }}

select reading_id, sensor_id, degrees, read_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where read_at >= (select coalesce(max(read_at), '-infinity') from {{ this }})
{% endif %}
