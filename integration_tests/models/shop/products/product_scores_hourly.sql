{{ config(materialized='view') }}

{#- A score that compares two windows is plain SQL over the grain table that has both. #}
select
    product_code,
    durable_key,
    period_start,
    period_end,
    units_sold,
    revenue,
    category,
    inventory_on_hand,
    list_price,
    units_sold_30d,
    revenue_30d,
    return_rate,
    avg_rating,
    price_elasticity_score,
    cast(units_sold_7d as {{ double() }}) / 7 / nullif(cast(units_sold_30d as {{ double() }}) / 30, 0) as trending_score,
    is_deleted,
    loaded_at
from {{ ref('products_hourly') }}
