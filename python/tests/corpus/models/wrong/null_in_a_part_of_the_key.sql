{{ config(unique_key=['user_id', 'page'], incremental_strategy='merge') }}

select user_id, page, count(*) as views, max(loaded_at) as loaded_at
from {{ source('raw', 'events') }}
group by 1, 2
