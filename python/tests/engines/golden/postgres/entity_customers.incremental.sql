with touched as (
    select customer_id, region
    from "db"."raw"."orders"
    where (customer_id is not null or region is not null)
        and (array[order_id]) in (
            select array[order_id] as key_1 from "db"."raw"."orders" where loaded_at >= (
                select coalesce(max(entity_kit_target.loaded_at) + interval '-6 hour', '-infinity')
                from "db"."analytics"."entity_customers" as entity_kit_target
            )
            union all
            select array[order_id] as key_1 from "db"."raw"."orders" where loaded_at is null
        )
),

versions as (
    select entity_kit_row.*,
        row_number() over (
            partition by order_id
            order by
                updated_at desc nulls last, loaded_at desc nulls last, cast(entity_kit_row as TEXT) desc
        ) as entity_kit_from_last
    from "db"."raw"."orders" as entity_kit_row
    where (array[order_id]) in (
        select array[order_id] as key_1 from "db"."raw"."orders"
        where (array[customer_id], array[region]) in (
            select array[customer_id] as key_1, array[region] as key_2 from touched
        )
    )
),

stated as (
    select entity_kit_row.*,
        case
            when entity_kit_from_last = 1
                and not coalesce((status = 'deleted'), false)
                then 1
            else 0
        end as entity_kit_counts
    from versions as entity_kit_row
    where (customer_id is not null or region is not null)
        and (array[customer_id], array[region]) in (
            select array[customer_id] as key_1, array[region] as key_2 from touched
        )
),

entities as (
    select customer_id, region,
        max(loaded_at) as entity_kit_loaded_at,
        max(entity_kit_counts) as entity_kit_counts
    from stated
    group by customer_id, region
),

metrics as (
    select customer_id, region,
        count(*) as orders,
        max(amount) as dearest
    from stated
    where entity_kit_counts = 1
    group by customer_id, region
),

latest as (
    select *
    from (
        select entity_kit_row.*,
            row_number() over (
                partition by customer_id, region
                order by
                    entity_kit_counts desc,
                    updated_at desc nulls last, loaded_at desc nulls last, cast(entity_kit_row as TEXT) desc
            ) as entity_kit_rank
        from stated as entity_kit_row
    ) as ranked
    where entity_kit_rank = 1
)

select entities.customer_id, entities.region,
    md5(
        coalesce('"' || replace(cast(entities.customer_id as TEXT), '"', '""') || '"', '')
        || ',' || coalesce('"' || replace(cast(entities.region as TEXT), '"', '""') || '"', '')
    ) as durable_key,
    latest.status, latest."order",
    case when entities.entity_kit_counts = 0 then 0 else metrics.orders end as orders,
    metrics.dearest,
    entities.entity_kit_counts = 0 as is_deleted,
    entities.entity_kit_loaded_at as loaded_at
from entities
left join metrics
    on array[metrics.customer_id] = array[entities.customer_id]
        and array[metrics.region] = array[entities.region]
inner join latest
    on array[latest.customer_id] = array[entities.customer_id]
        and array[latest.region] = array[entities.region]
