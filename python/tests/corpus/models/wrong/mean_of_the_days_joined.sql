{{ config(unique_key='day') }}

with days as (
    select cast(loaded_at as date) as day, sum(degrees) as degrees
    from {{ source('raw', 'readings') }}
    {% if is_incremental() %}
    where cast(loaded_at as date) >= (select max(day) from {{ this }})
    {% endif %}
    group by 1
)
select days.day, sum(earlier.degrees) as degrees_of_seven_days
from days
join days as earlier on earlier.day between days.day - 6 and days.day
group by days.day
