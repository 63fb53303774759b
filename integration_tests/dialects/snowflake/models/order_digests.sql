{#- Snowflake's hash() is its own: no other engine has its numbers. -#}
{{ config(materialized='incremental', unique_key='order_id') }}
select
    order_id,
    hash(order_id, customer) as digest,
    loaded_at
from {{ ref('stg_orders') }}
