{{ config(materialized='view') }}

{#- A score that compares two windows is plain SQL over the grain table that has both. #}
select
    product_code,
    period_start,
    category,
    units_sold_30d,
    revenue_30d,
    return_rate,
    avg_rating,
    price_elasticity_score,
    cast(units_sold_7d as double) / 7 / nullif(cast(units_sold_30d as double) / 30, 0) as trending_score
from {{ ref('products_daily') }}
where not is_deleted
