{{ config(unique_key='sensor_id') }}

select sensor_id, cast(date_trunc('month', loaded_at) as date) as month, avg(degrees) as degrees
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where date_trunc('month', loaded_at) >= (select coalesce(max(month), '-infinity') from {{ this }})
{% endif %}
group by 1, 2
