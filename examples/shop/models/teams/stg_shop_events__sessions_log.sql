{{ config(materialized='view') }}

select
    *,
    {{ entity_kit.hashdiff(['session_id', 'minutes', 'loaded_at']) }} as row_id
from {{ source('shop_events', 'sessions_log') }}
