{{ config(unique_key='reading_id') }}

select reading_id, sensor_id, degrees, loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at >= cast('{{ run_started_at }}' as timestamp) - interval 7 day
{% endif %}
