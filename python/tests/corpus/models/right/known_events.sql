{{ config(materialized='view') }}

select event_id, user_id, page, occurred_at, loaded_at, loaded_at as seen_at
from {{ source('raw', 'events') }}
where user_id is not null
