with versions as (
    select entity_kit_row.*,
        row_number() over (
            partition by order_id
            order by
                updated_at desc nulls last, loaded_at desc nulls last,
                order_id desc nulls first, customer_id desc nulls first, region desc nulls first,
                status desc nulls first, amount desc nulls first, "order" desc nulls first,
                ordered_at desc nulls first, updated_at desc nulls first, loaded_at desc nulls first
        ) as entity_kit_from_last
    from "db"."raw"."orders" as entity_kit_row
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
                    updated_at desc nulls last, loaded_at desc nulls last,
                    order_id desc nulls first, customer_id desc nulls first, region desc nulls first,
                    status desc nulls first, amount desc nulls first, "order" desc nulls first,
                    ordered_at desc nulls first, updated_at desc nulls first, loaded_at desc nulls first
            ) as entity_kit_rank
        from stated as entity_kit_row
    ) as ranked
    where entity_kit_rank = 1
)

select entities.customer_id, entities.region,
    md5(cast(
        coalesce('"' || replace(cast(entities.customer_id as TEXT), '"', '""') || '"', '')
        || ',' || coalesce('"' || replace(cast(entities.region as TEXT), '"', '""') || '"', '')
    as TEXT)) as durable_key,
    latest.status, latest."order",
    case when entities.entity_kit_counts = 0 then 0 else metrics.orders end as orders,
    metrics.dearest,
    entities.entity_kit_counts = 0 as is_deleted,
    entities.entity_kit_loaded_at as loaded_at
from entities
left join metrics
    on coalesce('=' || cast(metrics.customer_id as varchar), '')
            = coalesce('=' || cast(entities.customer_id as varchar), '')
        and coalesce('=' || cast(metrics.region as varchar), '')
            = coalesce('=' || cast(entities.region as varchar), '')
inner join latest
    on coalesce('=' || cast(latest.customer_id as varchar), '')
            = coalesce('=' || cast(entities.customer_id as varchar), '')
        and coalesce('=' || cast(latest.region as varchar), '')
            = coalesce('=' || cast(entities.region as varchar), '')
