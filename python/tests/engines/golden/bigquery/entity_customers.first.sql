with versions as (
    select entity_kit_row.*,
        row_number() over (
            partition by order_id
            order by
                updated_at desc nulls last, loaded_at desc nulls last, to_json_string(entity_kit_row) desc
        ) as entity_kit_from_last
    from `db`.`raw`.`orders` as entity_kit_row
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
                    updated_at desc nulls last, loaded_at desc nulls last, to_json_string(entity_kit_row) desc
            ) as entity_kit_rank
        from stated as entity_kit_row
    ) as ranked
    where entity_kit_rank = 1
)

select entities.customer_id, entities.region,
    to_hex(md5(
        coalesce('"' || replace(cast(entities.customer_id as string), '"', '""') || '"', '')
        || ',' || coalesce('"' || replace(cast(entities.region as string), '"', '""') || '"', '')
    )) as durable_key,
    latest.status, latest.`order`,
    case when entities.entity_kit_counts = 0 then 0 else metrics.orders end as orders,
    metrics.dearest,
    entities.entity_kit_counts = 0 as is_deleted,
    entities.entity_kit_loaded_at as loaded_at
from entities
left join metrics
    on (metrics.customer_id is not distinct from entities.customer_id)
        and (metrics.region is not distinct from entities.region)
inner join latest
    on (latest.customer_id is not distinct from entities.customer_id)
        and (latest.region is not distinct from entities.region)
