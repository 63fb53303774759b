{{ config(materialized='incremental', unique_key='placed_on') }}
select
    placed_on,
    sum(amount) as amount,
    sum(case when status = 'paid' then 1 else 0 end) as paid,
    max(loaded_at) as loaded_at
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
group by 1
