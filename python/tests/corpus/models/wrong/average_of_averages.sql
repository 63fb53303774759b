{{ config(unique_key='sensor_id') }}

with latest as (
    select sensor_id, avg(degrees) as degrees, max(loaded_at) as loaded_at
    from {{ source('raw', 'readings') }}
    {% if is_incremental() %}
    where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}
    group by sensor_id
)
{% if is_incremental() %}
select latest.sensor_id, (latest.degrees + known.degrees) / 2 as degrees, latest.loaded_at
from latest
join {{ this }} as known on known.sensor_id = latest.sensor_id
{% else %}
select * from latest
{% endif %}
