select customer_id, cast(ordered_at as date) as order_date, sum(amount) as revenue,
    max(loaded_at) as loaded_at, max(city_loaded_at) as city_loaded_at
from (
    select orders.*, log.loaded_at as city_loaded_at
    from `db`.`raw`.`orders` as orders
    left join `db`.`raw`.`customers_log` as log on log.customer_id = orders.customer_id
) as joined
where to_json_string(struct(customer_id as key_1, cast(ordered_at as date) as key_2)) in (
    select to_json_string(struct(entity_kit_upstream.customer_id as key_1, cast(ordered_at as date) as key_2))
    from `db`.`raw`.`orders` as entity_kit_upstream where entity_kit_upstream.loaded_at >= (
        select coalesce(max(entity_kit_target.loaded_at) + interval -2 day, '0001-01-01')
        from `db`.`analytics`.`touched_days` as entity_kit_target
    )
    union all
    select to_json_string(struct(entity_kit_upstream.customer_id as key_1, cast(changed_at as date) as key_2))
    from `db`.`raw`.`customers_log` as entity_kit_upstream where entity_kit_upstream.loaded_at >= (
        select coalesce(max(entity_kit_target.city_loaded_at) + interval -2 day, '0001-01-01')
        from `db`.`analytics`.`touched_days` as entity_kit_target
    )
)
group by customer_id, cast(ordered_at as date)
