{{ config(
    materialized='incremental', unique_key='order_id', cluster_by='order_id',
    partition_by={'field': 'placed_at', 'data_type': 'timestamp', 'granularity': 'day'},
    require_partition_filter=false
) }}
select order_id, customer, amount, status, channel, due_on, placed_at, loaded_at
from {{ ref('stg_orders') }}
where true
{% if is_incremental() %}
    and loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
qualify row_number() over (partition by order_id order by loaded_at desc) = 1
