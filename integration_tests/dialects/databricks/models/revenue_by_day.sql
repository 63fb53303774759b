{{ config(materialized='incremental', unique_key='placed_on') }}
select
    placed_on,
    sum(amount) as amount,
    count(if(status = "paid", 1, null)) as paid,
    max(loaded_at) as loaded_at
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
group by placed_on
