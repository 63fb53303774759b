{{ config(
    incremental_strategy='merge',
    unique_key=['user_id', 'occurred_on'],
    incremental_predicates=["DBT_INTERNAL_DEST.occurred_on >= (select max(occurred_on) - 40 from " ~ this ~ ")"],
) }}

with touched as (

    select distinct user_id, cast(occurred_at as date) as occurred_on
    from {{ source('raw', 'events') }}
    where user_id is not null
    {% if is_incremental() %}
        and loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}

)

select e.user_id, t.occurred_on, count(*) as views, max(e.loaded_at) as loaded_at
from {{ source('raw', 'events') }} as e
inner join touched as t on t.user_id = e.user_id and t.occurred_on = cast(e.occurred_at as date)
group by 1, 2
