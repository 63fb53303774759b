{{ config(unique_key='event_id') }}

select event_id, user_id, page, loaded_at
from {{ source('raw', 'events') }}
where {{ entity_kit.incremental_filter('loaded_at') }}
