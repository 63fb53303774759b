{{ config(unique_key=['user_id', 'page']) }}

select coalesce(user_id, -1) as user_id, page, count(*) as views
from {{ source('raw', 'events') }}
group by 1, 2
