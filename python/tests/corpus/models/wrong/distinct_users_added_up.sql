{{ config(unique_key='week') }}

with arrived as (

    select cast(date_trunc('week', occurred_at) as date) as week, count(distinct user_id) as users, max(loaded_at) as loaded_at
    from {{ source('raw', 'events') }}
    {% if is_incremental() %}
    where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}
    group by 1

)

select
    arrived.week,
    arrived.users {% if is_incremental() %} + coalesce(known.users, 0) {% endif %} as users,
    arrived.loaded_at
from arrived
{% if is_incremental() %}
left join {{ this }} as known on known.week = arrived.week
{% endif %}
