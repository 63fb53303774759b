{{ config(materialized='view') }}

select
    *,
    {{ entity_kit.hashdiff(['team_id', 'changed_at', 'loaded_at']) }} as row_id
from {{ source('shop_events', 'team_members_log') }}
