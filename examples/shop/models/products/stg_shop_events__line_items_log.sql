{{ config(materialized='view') }}

select
    *,
    cast(unit_price * 100 as bigint) as cents,
    {{ entity_kit.hashdiff(['line_item_id', 'loaded_at']) }} as row_id
from {{ source('shop_events', 'line_items_log') }}
