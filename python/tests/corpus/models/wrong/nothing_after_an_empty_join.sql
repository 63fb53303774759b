{{ config(unique_key='reading_id') }}

select readings.reading_id, readings.sensor_id, readings.degrees, readings.loaded_at
from {{ source('raw', 'readings') }} as readings
{% if is_incremental() %}
cross join (select max(loaded_at) - interval 1 day as loaded_at from {{ this }}) as watermark
where readings.loaded_at > watermark.loaded_at
{% endif %}
