{{ config(materialized='view') }}

{#-
    A subscription's month with its previous month. An ended subscription's last row has no `mrr`, which is the churn.
    Its last known attributes sort first with NULLs last, because not every engine can ignore NULLs in a window.
#}
with months as (

    select
        contract_id,
        period_start,
        coalesce(mrr, 0) as mrr,
        coalesce(lag(mrr) over (partition by contract_id order by period_start), 0) as mrr_before,
        first_value(customer_id) over (
            partition by contract_id order by case when customer_id is null then 1 else 0 end, period_start desc
            rows between unbounded preceding and unbounded following
        ) as customer_id,
        first_value(product_line) over (
            partition by contract_id order by case when product_line is null then 1 else 0 end, period_start desc
            rows between unbounded preceding and unbounded following
        ) as product_line,
        min(case when mrr > 0 then period_start end) over (partition by contract_id) as cohort
    from {{ ref('subscriptions_monthly') }}

)

select
    *,
    case when mrr_before = 0 then mrr else 0 end as new_mrr,
    case when mrr_before > 0 and mrr > mrr_before then mrr - mrr_before else 0 end as expansion_mrr,
    case when mrr > 0 and mrr < mrr_before then mrr_before - mrr else 0 end as contraction_mrr,
    case when mrr = 0 then mrr_before else 0 end as churned_mrr,
    case when mrr_before > 0 then mrr else 0 end as retained_mrr
from months
