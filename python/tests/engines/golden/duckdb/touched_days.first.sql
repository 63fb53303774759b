select customer_id, cast(ordered_at as date) as order_date, sum(amount) as revenue,
    max(loaded_at) as loaded_at, max(city_loaded_at) as city_loaded_at
from (
    select orders.*, log.loaded_at as city_loaded_at
    from "warehouse"."raw"."orders" as orders
    left join "warehouse"."raw"."customers_log" as log on log.customer_id = orders.customer_id
) as joined
where true
group by customer_id, cast(ordered_at as date)
