{{ config(unique_key='user_id') }}

select user_id, count(*) as views
from {{ source('raw', 'events') }}
group by 1
