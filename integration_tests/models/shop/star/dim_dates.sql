{{ config(materialized='view') }}

-- One row per day. Facts have several dates, and each is another role of this dimension.
select
    cast(period_start as date) as date_day,
    cast(extract(year from period_start) as integer) as calendar_year,
    cast(extract(quarter from period_start) as integer) as calendar_quarter,
    cast(extract(month from period_start) as integer) as calendar_month,
    cast(extract(day from period_start) as integer) as day_of_month
from (
    {{ entity_kit.period_spine('day', '2022-01-01', '2025-01-01') | indent(4) }}
) as days
