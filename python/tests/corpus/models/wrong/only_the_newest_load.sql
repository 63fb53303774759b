{{ config(unique_key='reading_id') }}

select reading_id, sensor_id, degrees, loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
join (select max(loaded_at) as loaded_at from {{ source('raw', 'readings') }}) using (loaded_at)
{% endif %}
