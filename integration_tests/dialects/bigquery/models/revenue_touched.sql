{{ config(
    materialized='incremental', incremental_strategy='insert_overwrite',
    partition_by={'field': 'placed_on', 'data_type': 'date'}
) }}
select
    placed_on,
    sum(amount) as amount,
    max(loaded_at) as loaded_at
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where placed_on in (
    select date_trunc(date(`placed_at`), day)
    from `shop-raw-1.landing.orders`
    where loaded_at >= (select ifnull(max(loaded_at), timestamp('1970-01-01')) from {{ this }})
)
{% endif %}
group by placed_on
