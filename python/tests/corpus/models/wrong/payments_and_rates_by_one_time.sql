{{ config(unique_key=['kind', 'id']) }}

with happened as (
    select 'payment' as kind, cast(payment_id as varchar) as id, paid_at as happened_at
    from {{ source('raw', 'payments') }}
    union all
    select 'rate', currency || week, cast(week as timestamp)
    from {{ source('raw', 'rates') }}
)

select *
from happened
{% if is_incremental() %}
where happened_at > (select coalesce(max(happened_at), '-infinity') from {{ this }})
{% endif %}
