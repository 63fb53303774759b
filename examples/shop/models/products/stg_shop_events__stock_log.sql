{{ config(materialized='view') }}

select
    *,
    {{ entity_kit.hashdiff(['product_code', 'changed_at', 'loaded_at']) }} as row_id
from {{ source('shop_events', 'stock_log') }}
