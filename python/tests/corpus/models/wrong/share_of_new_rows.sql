{{ config(unique_key='reading_id') }}

select
    reading_id,
    sensor_id,
    round(degrees / nullif(sum(degrees) over (partition by sensor_id), 0), 6) as share,
    loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
