{{ config(unique_key='day') }}

with days as (
    select cast(loaded_at as date) as day, count(*) as readings
    from {{ source('raw', 'readings') }}
    {% if is_incremental() %}
    where cast(loaded_at as date) >= (select max(day) from {{ this }})
    {% endif %}
    group by 1
)
select
    day,
    readings,
    sum(readings) over (order by day range between interval 6 day preceding and current row) as readings_of_seven_days
from days
