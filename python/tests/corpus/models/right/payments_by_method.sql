{{ config(unique_key='method') }}

with once as (

    select payment_id, method, amount, max(loaded_at) as loaded_at
    from {{ source('raw', 'payments') }}
    group by 1, 2, 3

)

select method, count(*) as payments, sum(amount) as amount, max(loaded_at) as loaded_at
from once
group by 1
