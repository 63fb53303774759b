{{ config(unique_key='order_id') }}

select orders.order_id, orders.currency, round(orders.amount * rates.rate, 2) as amount, orders.loaded_at
from {{ source('raw', 'orders') }} as orders
left join {{ source('raw', 'rates') }} as rates
    on rates.currency = orders.currency and rates.week = cast(date_trunc('week', orders.ordered_at) as date)
{% if is_incremental() %}
where orders.loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
