{{ config(unique_key='reading_id') }}

select
    reading_id,
    sensor_id,
    degrees,
    degrees - lag(degrees) over (partition by sensor_id order by loaded_at) as risen,
    loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
