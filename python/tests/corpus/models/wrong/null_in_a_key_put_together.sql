{{ config(unique_key='user_page') }}

select user_id || '-' || page as user_page, any_value(user_id) as user_id, any_value(page) as page, count(*) as views
from {{ source('raw', 'events') }}
group by 1
