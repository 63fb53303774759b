select *
from (
    select
        date_day,
        lag(date_day) over (order by date_day) as day_before
    from {{ ref('dim_days') }}
) as days
where {{ dbt.datediff('day_before', 'date_day', 'day') }} <> 1
