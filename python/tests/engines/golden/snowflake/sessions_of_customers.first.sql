with versions as (
    select entity_kit_row.*,
        row_number() over (
            partition by order_id
            order by
                updated_at desc nulls last, loaded_at desc nulls last,
                to_json(object_construct_keep_null(entity_kit_row.*)) desc
        ) as entity_kit_from_last
    from db.raw.orders as entity_kit_row
),

stated as (
    select entity_kit_row.*,
        case
            when entity_kit_from_last = 1
                and not coalesce((ordered_at is null or (status = 'deleted')), false)
                then 1
            else 0
        end as entity_kit_counts
    from versions as entity_kit_row
    where (customer_id is not null or region is not null)
),

timed as (
    select
        entity_kit_row.*,
        to_timestamp_ntz(date_part(epoch_microsecond, ordered_at), 6) as entity_kit_at
    from stated as entity_kit_row
    where entity_kit_counts = 1
),

entities as (
    select customer_id, region,
        max(loaded_at) as entity_kit_loaded_at,
        max(entity_kit_counts) as entity_kit_counts
    from stated
    group by customer_id, region
),

ordered as (
    select
        entity_kit_row.*,
        lag(entity_kit_at) over (partition by customer_id, region order by entity_kit_at) as entity_kit_before,
        row_number() over (
            partition by customer_id, region
            order by entity_kit_at, to_json(object_construct_keep_null(entity_kit_row.*)) desc
        ) as entity_kit_place
    from timed as entity_kit_row
),

begun as (
    select
        entity_kit_row.*,
        case
            when entity_kit_before is null then 1
            when entity_kit_before < dateadd(minute, -30, entity_kit_at) then 1
            when status = 'campaign' then 1
            else 0
        end as entity_kit_begins
    from ordered as entity_kit_row
),

counted as (
    select
        entity_kit_row.*,
        sum(entity_kit_begins) over (
            partition by customer_id, region order by entity_kit_place
            rows between unbounded preceding and current row
        ) as entity_kit_session
    from begun as entity_kit_row
),

numbered as (
    select
        entity_kit_row.*,
        row_number() over (partition by customer_id, region, entity_kit_session order by entity_kit_place)
            as entity_kit_position,
        row_number() over (partition by customer_id, region, entity_kit_session order by entity_kit_place desc)
            as entity_kit_from_last_event
    from counted as entity_kit_row
),

spans as (
    select customer_id, region, entity_kit_session,
        min(entity_kit_at) as entity_kit_started,
        min(ordered_at) as entity_kit_first_time,
        max(ordered_at) as entity_kit_last_time,
        count(*) as entity_kit_events,
        sum(amount) as revenue,
        max(amount) as dearest
    from numbered
    group by customer_id, region, entity_kit_session
),

found_sessions as (
    select
        entity_kit_row.*,
        md5(
            coalesce('"' || replace(cast(customer_id as TEXT), '"', '""') || '"', '')
            || ',' || coalesce('"' || replace(cast(region as TEXT), '"', '""') || '"', '')
            || ',' || coalesce('"' || cast(entity_kit_started as TEXT) || '"', '')
            || ',' || coalesce('"' || cast(entity_kit_tie as TEXT) || '"', '')
        ) as entity_kit_session_id
    from (
        select
            spans.*,
            row_number() over (
                partition by customer_id, region, entity_kit_started order by entity_kit_session
            ) as entity_kit_tie
        from spans
    ) as entity_kit_row
)

select entities.customer_id, entities.region,
    md5(
        coalesce('"' || replace(cast(entities.customer_id as TEXT), '"', '""') || '"', '')
        || ',' || coalesce('"' || replace(cast(entities.region as TEXT), '"', '""') || '"', '')
    ) as durable_key,
    found_sessions.entity_kit_session_id as session_id,
    cast(found_sessions.entity_kit_session as bigint) as session_number,
    found_sessions.entity_kit_first_time as started_at, found_sessions.entity_kit_last_time as ended_at,
    coalesce(found_sessions.entity_kit_events, 0) as events,
    first_event.status as first_status, last_event.status as last_status,
    first_event."ORDER" as landing_order,
    case when entities.entity_kit_counts = 0 then 0 else found_sessions.revenue end as revenue,
    found_sessions.dearest,
    entities.entity_kit_counts = 0 as is_deleted,
    entities.entity_kit_loaded_at as loaded_at
from entities
left join found_sessions
    on (found_sessions.customer_id is not distinct from entities.customer_id)
    and (found_sessions.region is not distinct from entities.region)
left join numbered as first_event
    on (found_sessions.customer_id is not distinct from first_event.customer_id)
    and (found_sessions.region is not distinct from first_event.region)
    and found_sessions.entity_kit_session = first_event.entity_kit_session
    and first_event.entity_kit_position = 1
left join numbered as last_event
    on (found_sessions.customer_id is not distinct from last_event.customer_id)
    and (found_sessions.region is not distinct from last_event.region)
    and found_sessions.entity_kit_session = last_event.entity_kit_session
    and last_event.entity_kit_from_last_event = 1
