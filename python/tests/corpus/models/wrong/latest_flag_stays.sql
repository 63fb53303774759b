{{ config(incremental_strategy='append') }}

select
    reading_id,
    sensor_id,
    degrees,
    row_number() over (partition by sensor_id order by loaded_at desc) = 1 as is_latest,
    loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
