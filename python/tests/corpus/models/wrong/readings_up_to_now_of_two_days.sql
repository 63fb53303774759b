{{ config(unique_key='reading_id') }}

select reading_id, sensor_id, degrees, loaded_at
from {{ source('raw', 'readings') }}
where loaded_at <= current_timestamp
{% if is_incremental() %}
    and loaded_at >= current_date - interval 2 day
{% endif %}
