{{ config(unique_key='reading_id') }}

select reading_id, sensor_id, degrees, loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at >= now()::timestamp - interval 70 day
{% endif %}
