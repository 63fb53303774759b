{{ config(materialized='table') }}

select period_start as date_day
from (
    {{ entity_kit.period_spine('day', '2000-01-01', '2050-01-01') | indent(4) }}
) as days
