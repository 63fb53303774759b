{{ config(materialized='view') }}

-- A user uses several features, and a feature has several users. The weights of a user add up to 1.
select
    user_id,
    feature,
    sum(minutes) as minutes,
    cast(sum(minutes) as {{ double() }}) / sum(sum(minutes)) over (partition by user_id) as weight
from (
    select
        *,
        row_number() over (partition by session_id order by loaded_at desc, minutes) as version
    from {{ source('shop_events', 'sessions_log') }}
) as versions
where version = 1
group by user_id, feature
