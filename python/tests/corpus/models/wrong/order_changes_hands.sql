{{ config(unique_key='customer_month') }}

select
    coalesce(customer_id, -1) || ' ' || date_trunc('month', ordered_at) as customer_month,
    count(*) as orders,
    sum(amount) as amount,
    max(loaded_at) as loaded_at
from {{ source('raw', 'orders') }}
{% if is_incremental() %}
where coalesce(customer_id, -1) || ' ' || date_trunc('month', ordered_at) in (
    select coalesce(customer_id, -1) || ' ' || date_trunc('month', ordered_at)
    from {{ source('raw', 'orders') }}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
)
{% endif %}
group by 1
