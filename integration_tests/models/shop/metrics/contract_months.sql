{{ config(materialized='view') }}

-- A month changes with the one before it, and what is known of its contract with any.
with arrivals as (

    select
        contract_id,
        max(greatest(loaded_at, history_loaded_at)) as loaded_at
    from {{ ref('subscriptions_monthly') }}
    group by contract_id

)

select
    movements.contract_id,
    movements.customer_id,
    movements.product_line,
    cast(extract(year from movements.cohort) as integer) as cohort_year,
    movements.period_start,
    movements.mrr,
    movements.mrr_before,
    movements.expansion_mrr,
    movements.contraction_mrr,
    movements.churned_mrr,
    arrivals.loaded_at
from {{ ref('subscription_movements') }} as movements
inner join arrivals
    on movements.contract_id = arrivals.contract_id
