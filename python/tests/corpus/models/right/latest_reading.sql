{{ config(unique_key='sensor_id') }}

select sensor_id, reading_id, degrees, loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where sensor_id in (
    select sensor_id
    from {{ source('raw', 'readings') }}
    where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
)
{% endif %}
qualify row_number() over (partition by sensor_id order by loaded_at desc, reading_id desc) = 1
