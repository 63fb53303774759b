{{ config(materialized='table') }}

select
    order_id,
    {{ entity_kit.generate_surrogate_key(['order_id', 'customer']) }} as order_key,
    {{ entity_kit.hashdiff(['status', 'amount']) }} as row_hash
from {{ ref('order_log') }}
