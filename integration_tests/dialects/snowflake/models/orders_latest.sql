{{ config(
    materialized='incremental', unique_key='order_id', cluster_by=['order_id'], transient=true,
    query_tag='orders', post_hook="grant select on {{ this }} to role analyst"
) }}
select order_id, customer, amount, status, channel, due_on, placed_at, loaded_at
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
qualify row_number() over (partition by order_id order by loaded_at desc) = 1
