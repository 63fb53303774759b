{{ config(
    materialized='incremental', incremental_strategy='merge', unique_key='order_id',
    file_format='delta', liquid_clustered_by='order_id', tblproperties={'owner': 'shop'},
    post_hook="optimize {{ this }}"
) }}
select order_id, customer, amount, status, due_on, placed_at, loaded_at
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
qualify row_number() over (partition by order_id order by loaded_at desc) = 1
