{{ config(unique_key='sensor_id') }}

select sensor_id, avg(degrees) as degrees, max(loaded_at) as loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where sensor_id in (
    select sensor_id from {{ source('raw', 'readings') }}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
)
{% endif %}
group by sensor_id
