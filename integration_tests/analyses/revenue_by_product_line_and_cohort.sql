{#-
    Two years of monthly revenue by product line, and the state of each cohort: how much of its first month's revenue
    it still brings in, and how many of its subscriptions have ended.
-#}
select
    product_line,
    cohort,
    period_start,
    {{ dbt.datediff('cohort', 'period_start', 'month') }} as cohort_age,
    sum(mrr) as mrr,
    sum(new_mrr) as new_mrr,
    sum(expansion_mrr) as expansion_mrr,
    sum(contraction_mrr) as contraction_mrr,
    sum(churned_mrr) as churned_mrr,
    count(case when mrr > 0 then 1 end) as live_subscriptions,
    count(case when churned_mrr > 0 then 1 end) as churned_subscriptions,
    cast(sum(retained_mrr) as {{ double() }}) / nullif(sum(mrr_before), 0) as net_revenue_retention,
    cast(sum(mrr) as {{ double() }}) / max(case when period_start = cohort then sum(mrr) end) over (
        partition by product_line, cohort
    ) as share_of_first_month,
    sum(sum(mrr)) over (partition by product_line, period_start) as product_line_mrr
from {{ ref('subscription_movements') }}
where cohort is not null
    and period_start >= (select {{ dbt.dateadd('month', -23, 'max(period_start)') }} from {{ ref('subscription_movements') }})
group by product_line, cohort, period_start
order by product_line, cohort, period_start
