{{ config(unique_key='sensor_id') }}

select sensor_id, max(degrees) as degrees, max(loaded_at) as loaded_at
from (
    select sensor_id, degrees, loaded_at
    from {{ source('raw', 'readings') }}
    {% if is_incremental() %}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    union all
    select sensor_id, degrees, loaded_at from {{ this }}
    {% endif %}
)
group by sensor_id
