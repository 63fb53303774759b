{{ config(materialized='incremental', unique_key='placed_on') }}
select
    placed_on,
    sum(amount) as amount,
    max(loaded_at) as loaded_at
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where placed_on in (
    select placed_on
    from {{ ref('stg_orders') }}
    where loaded_at >= (select coalesce(max(loaded_at), timestamp '1970-01-01') from {{ this }})
)
{% endif %}
group by placed_on
