{{ config(unique_key='visit_id') }}

with marked as (

    select
        *,
        coalesce(occurred_at - lag(occurred_at) over (partition by user_id order by occurred_at) > interval 12 hour, true)
            as begins
    from {{ source('raw', 'events') }}
    where user_id is not null
    {% if is_incremental() %}
        and loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}

),

numbered as (

    select *, sum(begins::integer) over (partition by user_id order by occurred_at) as visit
    from marked

)

select
    user_id || ' ' || min(occurred_at) as visit_id,
    user_id,
    min(occurred_at) as visit_begin,
    max(occurred_at) as visit_end,
    count(*) as views,
    max(loaded_at) as loaded_at
from numbered
group by user_id, visit
