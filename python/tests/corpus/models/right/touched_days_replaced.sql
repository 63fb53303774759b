{{ config(unique_key='read_on') }}

with touched as (

    select distinct cast(read_at as date) as read_on
    from {{ source('raw', 'readings') }}
    {% if is_incremental() %}
    where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}

)

select touched.read_on, count(*) as readings, avg(readings.degrees) as degrees, max(readings.loaded_at) as loaded_at
from {{ source('raw', 'readings') }} as readings
inner join touched on cast(readings.read_at as date) = touched.read_on
group by touched.read_on
