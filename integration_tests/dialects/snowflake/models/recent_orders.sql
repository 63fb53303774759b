{{ config(materialized='incremental', unique_key=['order_id', 'loaded_at']) }}
select order_id, status, placed_at, loaded_at
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where datediff('second', (select max(placed_at) from {{ this }}), placed_at) > 0
{% endif %}
