{{ config(unique_key=['day', 'user_id']) }}

with days as (
    select cast(occurred_at as date) as day, user_id, sum(seconds) as seconds, max(loaded_at) as last_loaded_at
    from {{ source('raw', 'events') }}
    where user_id is not null
    group by all
),

shares as (
    select *, round(seconds / sum(seconds) over (partition by day), 4) as share
    from days
)

select * from shares
{% if is_incremental() %}
where last_loaded_at >= (select coalesce(max(last_loaded_at), '-infinity') from {{ this }})
{% endif %}
