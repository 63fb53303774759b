{{ config(incremental_strategy='append') }}

with happenings as (
    select 'rate' as kind, currency as id, cast(week as timestamp) as ordered_at
    from {{ source('raw', 'rates') }}
    {% if is_incremental() %}
    where week > (select coalesce(max(ordered_at), '-infinity') from {{ this }})
    {% endif %}
    union all
    select 'order' as kind, cast(order_id as varchar) as id, ordered_at
    from {{ source('raw', 'orders') }}
    where order_id % 7 > 0
    {% if is_incremental() %}
    and ordered_at > (select coalesce(max(ordered_at), '-infinity') from {{ this }})
    {% endif %}
)
select * from happenings
