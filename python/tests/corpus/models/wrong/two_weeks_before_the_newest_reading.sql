{{ config(unique_key='reading_id') }}

select reading_id, sensor_id, degrees, loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at >= (select max(loaded_at) from {{ source('raw', 'readings') }}) - interval 14 day
{% endif %}
