{{ config(
    materialized='incremental', unique_key=['order_id', 'sku'],
    incremental_predicates=["DBT_INTERNAL_DEST.loaded_at >= dateadd(day, -30, '2024-03-01'::timestamp_ntz)"]
) }}
with items as (
    select
        orders.order_id,
        item.value:sku::string as sku,
        item.value:qty::integer as qty,
        orders.loaded_at
    from {{ ref('stg_orders') }} as orders,
        lateral flatten(input => orders.payload:items) as item
)
select order_id, sku, qty, loaded_at
from items
{% if is_incremental() %}
where loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
qualify row_number() over (partition by order_id, sku order by loaded_at desc) = 1
