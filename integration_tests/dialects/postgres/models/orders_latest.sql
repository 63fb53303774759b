{{ config(materialized='incremental', unique_key='order_id', unlogged=true) }}
select distinct on (order_id)
    order_id, customer, amount, status, channel, due_on, placed_at, loaded_at
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
order by order_id, loaded_at desc
