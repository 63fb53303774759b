{{ config(materialized='view') }}

{#- What a customer pays for all subscriptions. A customer who moves to another product line hasn't churned. #}
with months as (

    select
        customer_id,
        period_start,
        sum(mrr) as mrr
    from {{ ref('subscription_movements') }}
    where cohort is not null
    group by customer_id, period_start

),

compared as (

    select
        customer_id,
        period_start,
        mrr,
        coalesce(lag(mrr) over (partition by customer_id order by period_start), 0) as mrr_before,
        min(case when mrr > 0 then period_start end) over (partition by customer_id) as cohort
    from months

)

select
    *,
    case when mrr_before = 0 then mrr else 0 end as new_mrr,
    case when mrr_before > 0 and mrr > mrr_before then mrr - mrr_before else 0 end as expansion_mrr,
    case when mrr > 0 and mrr < mrr_before then mrr_before - mrr else 0 end as contraction_mrr,
    case when mrr = 0 then mrr_before else 0 end as churned_mrr,
    cast(case when mrr_before > 0 then mrr end as {{ double() }}) / mrr_before as net_revenue_retention
from compared
