{{ config(unique_key='sensor_id') }}

select sensor_id, min(degrees + reading_id) as lowest, max(loaded_at) as loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
group by sensor_id
