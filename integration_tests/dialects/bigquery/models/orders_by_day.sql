{{ config(
    materialized='incremental', incremental_strategy='insert_overwrite',
    partition_by={'field': 'placed_on', 'data_type': 'date'}
) }}
select placed_on, order_id, status, loaded_at
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
