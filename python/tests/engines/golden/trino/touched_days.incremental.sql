select customer_id, cast(ordered_at as date) as order_date, sum(amount) as revenue,
    max(loaded_at) as loaded_at, max(city_loaded_at) as city_loaded_at
from (
    select orders.*, log.loaded_at as city_loaded_at
    from "db"."raw"."orders" as orders
    left join "db"."raw"."customers_log" as log on log.customer_id = orders.customer_id
) as joined
where exists (
    select 1 from (
        select entity_kit_upstream.customer_id as key_1, cast(ordered_at as date) as key_2
        from "db"."raw"."orders" as entity_kit_upstream where entity_kit_upstream.loaded_at >= (
            select coalesce(date_add('day', -2, max(entity_kit_target.loaded_at)), cast('0001-01-01' as timestamp))
            from "db"."analytics"."touched_days" as entity_kit_target
        )
        union all
        select entity_kit_upstream.customer_id as key_1, cast(changed_at as date) as key_2
        from "db"."raw"."customers_log" as entity_kit_upstream where entity_kit_upstream.loaded_at >= (
            select coalesce(
                date_add('day', -2, max(entity_kit_target.city_loaded_at)), cast('0001-01-01' as timestamp)
            )
            from "db"."analytics"."touched_days" as entity_kit_target
        )
    ) as entity_kit_match
    where (entity_kit_match.key_1 is not distinct from customer_id)
        and (entity_kit_match.key_2 is not distinct from (cast(ordered_at as date)))
)
group by customer_id, cast(ordered_at as date)
