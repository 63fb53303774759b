{{ config(unique_key='user_id') }}

with counted as (

    select user_id, page, count(*) as views, max(loaded_at) as loaded_at
    from {{ source('raw', 'events') }}
    where user_id is not null
    {% if is_incremental() %}
        and loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}
    group by 1, 2

)

select user_id, page, views, max(loaded_at) over (partition by user_id) as loaded_at
from counted
qualify row_number() over (partition by user_id order by views desc, page) = 1
