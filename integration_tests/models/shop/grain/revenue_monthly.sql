{{ config(materialized='view') }}

{#- A contract's month beside its month before. An ended contract's last row has no `mrr`: that is the churn. #}
with months as (

    select
        contract_id,
        period_start,
        coalesce(mrr, 0) as mrr,
        coalesce(lag(mrr) over (partition by contract_id order by period_start), 0) as mrr_before,
        first_value(product_line) over (
            partition by contract_id
            order by case when product_line is null then 1 else 0 end, period_start
            rows between unbounded preceding and unbounded following
        ) as product_line,
        min(case when mrr > 0 then period_start end) over (partition by contract_id) as cohort
    from {{ ref('contracts_monthly') }}

)

select
    product_line,
    cohort,
    period_start,
    sum(mrr) as mrr,
    sum(case when mrr_before = 0 then mrr else 0 end) as new_mrr,
    sum(case when mrr > mrr_before and mrr_before > 0 then mrr - mrr_before else 0 end) as expansion_mrr,
    sum(case when mrr < mrr_before and mrr > 0 then mrr_before - mrr else 0 end) as contraction_mrr,
    sum(case when mrr = 0 then mrr_before else 0 end) as churned_mrr,
    sum(case when mrr_before > 0 then mrr else 0 end) as retained_mrr,
    cast(sum(case when mrr_before > 0 then mrr else 0 end) as double) / nullif(sum(mrr_before), 0) as net_revenue_retention
from months
group by product_line, cohort, period_start
