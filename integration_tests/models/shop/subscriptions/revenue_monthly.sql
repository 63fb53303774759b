{{ config(materialized='view') }}

select
    product_line,
    cohort,
    period_start,
    sum(mrr) as mrr,
    sum(new_mrr) as new_mrr,
    sum(expansion_mrr) as expansion_mrr,
    sum(contraction_mrr) as contraction_mrr,
    sum(churned_mrr) as churned_mrr,
    sum(retained_mrr) as retained_mrr,
    cast(sum(retained_mrr) as {{ double() }}) / nullif(sum(mrr_before), 0) as net_revenue_retention
from {{ ref('subscription_movements') }}
where cohort is not null
group by product_line, cohort, period_start
