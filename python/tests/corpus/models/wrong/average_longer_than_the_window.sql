{{ config(unique_key='read_on') }}

with daily as (

    select cast(loaded_at as date) as read_on, sum(degrees) as degrees
    from {{ source('raw', 'readings') }}
    {% if is_incremental() %}
    where cast(loaded_at as date) >= (select coalesce(max(read_on), '-infinity') - interval 3 day from {{ this }})
    {% endif %}
    group by 1

)

select read_on, degrees, round(avg(degrees) over (order by read_on rows between 6 preceding and current row), 4) as mean
from daily
