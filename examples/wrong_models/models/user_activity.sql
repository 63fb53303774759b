{{ config(materialized='view') }}

{#- Aircraft stand in for users here: one row per flight of theirs. -#}
select
    tailnum as user_id,
    occurred_at as activity_timestamp,
    cast(occurred_at as date) as activity_day,
    loaded_at
from {{ source('raw', 'flights') }}
where tailnum is not null
