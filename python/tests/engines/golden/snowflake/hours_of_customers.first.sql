with events_with_period as (
    select
        entity_kit_row.*,
        to_timestamp_ntz(date_part(epoch_microsecond, ordered_at), 6) as entity_kit_occurred_at,
        case
            when (customer_id is not null)
                and to_timestamp_ntz(date_part(epoch_microsecond, ordered_at), 6) >= to_timestamp_ntz(date_part(epoch_microsecond, cast('2020-01-01' as timestamp)), 6)
                and to_timestamp_ntz(date_part(epoch_microsecond, ordered_at), 6) < to_timestamp_ntz(date_part(epoch_microsecond, cast('2030-01-01' as timestamp)), 6)
                then date_trunc('hour', to_timestamp_ntz(date_part(epoch_microsecond, ordered_at), 6))
        end as entity_kit_period
    from db.raw.orders as entity_kit_row
),

history_versions as (
    select
        entity_kit_version.*,
        to_timestamp_ntz(date_part(epoch_microsecond, valid_from), 6) as entity_kit_from,
        date_trunc('hour', to_timestamp_ntz(date_part(epoch_microsecond, valid_from), 6)) as entity_kit_starts,
        date_trunc('hour', to_timestamp_ntz(date_part(epoch_microsecond, valid_to), 6)) as entity_kit_ends,
        row_number() over (
            partition by customer_id
            order by valid_from desc, to_json(object_construct_keep_null(entity_kit_version.*)) desc
        ) as entity_kit_from_last,
        max(loaded_at) over (
            partition by customer_id
        ) as entity_kit_loaded_at
    from db.analytics.history_customers as entity_kit_version
    where (customer_id is not null)
        and to_timestamp_ntz(date_part(epoch_microsecond, valid_from), 6) is not null
),

history_ranges as (
    select
        customer_id,
        min(case when entity_kit_from < to_timestamp_ntz(date_part(epoch_microsecond, cast('2030-01-01' as timestamp)), 6) then entity_kit_starts end) as first_period,
        max(case when entity_kit_from < to_timestamp_ntz(date_part(epoch_microsecond, cast('2030-01-01' as timestamp)), 6) then entity_kit_starts end) as last_period,
        max(
            case
                when entity_kit_from_last = 1 and (is_deleted or not is_current)
                    then greatest(coalesce(date_trunc('hour', to_timestamp_ntz(date_part(epoch_microsecond, loaded_at), 6)), case when is_deleted then entity_kit_starts else entity_kit_ends end), coalesce(case when is_deleted then entity_kit_starts else entity_kit_ends end, date_trunc('hour', to_timestamp_ntz(date_part(epoch_microsecond, loaded_at), 6))))
            end
        ) as deleted_period
    from history_versions
    group by customer_id
),

last_arrival as (
    select max(loaded_utc) as last_loaded
    from (
        select to_timestamp_ntz(date_part(epoch_microsecond, max(loaded_at)), 6) as loaded_utc
        from db.raw.orders
        union all
        select to_timestamp_ntz(date_part(epoch_microsecond, max(loaded_at)), 6) as loaded_utc
        from db.analytics.history_customers
    ) as upstreams
),

reach as (
    select date_trunc('hour', max(happened)) as reach_period
    from (
        select max(entity_kit_occurred_at) as happened
        from events_with_period
        where entity_kit_period is not null
            and entity_kit_occurred_at <= (select last_loaded from last_arrival)
        union all
        select max(entity_kit_from) as happened
        from history_versions
        where entity_kit_from <= (select last_loaded from last_arrival)
            and entity_kit_from >= to_timestamp_ntz(date_part(epoch_microsecond, cast('2020-01-01' as timestamp)), 6)
            and entity_kit_from < to_timestamp_ntz(date_part(epoch_microsecond, cast('2030-01-01' as timestamp)), 6)
    ) as happenings
),

entity_ranges as (
    select
        customer_id,
        min(first_period) as first_period,
        case
            when max(deleted_period) is not null
                then greatest(coalesce(max(deleted_period), max(last_period)), coalesce(max(last_period), max(deleted_period)))
            else greatest(coalesce(max(reach_period), max(last_period)), coalesce(max(last_period), max(reach_period)))
        end as last_period
    from (
        select
            customer_id,
            min(entity_kit_period) as first_period,
            max(entity_kit_period) as last_period,
            cast(null as timestamp) as deleted_period
        from events_with_period
        where entity_kit_period is not null
        group by customer_id
        union all
        select customer_id, first_period, last_period, deleted_period
        from history_ranges
    ) as known
    cross join reach
    group by customer_id
),

bounded_ranges as (
    select
        customer_id,
        greatest(coalesce(first_period, date_trunc('hour', to_timestamp_ntz(date_part(epoch_microsecond, cast('2020-01-01' as timestamp)), 6))), coalesce(date_trunc('hour', to_timestamp_ntz(date_part(epoch_microsecond, cast('2020-01-01' as timestamp)), 6)), first_period)) as first_period,
        least(last_period, date_trunc('hour', dateadd(
        microsecond,
        -1,
        (to_timestamp_ntz(date_part(epoch_microsecond, cast('2030-01-01' as timestamp)), 6))
        ))) as last_period
    from entity_ranges
    where first_period is not null
),

entity_spines as (
    select
        customer_id,
        first_period,
        case
            when datediff(
        hour,
        first_period,
        last_period
        ) >= 100000
                then cast(cast('grain_table: `max_periods` must be at least the number of periods of any entity; got 100000, but the entity with ' || 'customer_id = ' || coalesce(cast(customer_id as TEXT), 'NULL') || ' has ' || cast(datediff(
        hour,
        first_period,
        last_period
        ) + 1 as TEXT) || ', from ' || cast(first_period as TEXT) || ' to ' || cast(last_period as TEXT) || '. Exclude such times with occurred_from and occurred_to, or raise max_periods.' as TEXT) as timestamp)
            else last_period
        end as last_period
    from bounded_ranges
),

ranges_to_build as (
    select customer_id, first_period, last_period
    from entity_spines
),

periods_to_build as (
    select distinct *
    from (
        select
            customer_id,
            dateadd(
                hour,
                (numbers.entity_kit_number * 1),
                first_period
                ) as entity_kit_period
        from ranges_to_build
        inner join (
            select cast(generated_number as bigint) - 1 as entity_kit_number
            from (

            

            with p as (
                select 0 as generated_number union all select 1
            ), unioned as (

            select

            
            p0.generated_number * power(2, 0)
             + 
            
            p1.generated_number * power(2, 1)
             + 
            
            p2.generated_number * power(2, 2)
             + 
            
            p3.generated_number * power(2, 3)
             + 
            
            p4.generated_number * power(2, 4)
             + 
            
            p5.generated_number * power(2, 5)
             + 
            
            p6.generated_number * power(2, 6)
             + 
            
            p7.generated_number * power(2, 7)
             + 
            
            p8.generated_number * power(2, 8)
             + 
            
            p9.generated_number * power(2, 9)
             + 
            
            p10.generated_number * power(2, 10)
             + 
            
            p11.generated_number * power(2, 11)
             + 
            
            p12.generated_number * power(2, 12)
             + 
            
            p13.generated_number * power(2, 13)
             + 
            
            p14.generated_number * power(2, 14)
             + 
            
            p15.generated_number * power(2, 15)
             + 
            
            p16.generated_number * power(2, 16)
             + 
            
            p17.generated_number * power(2, 17)
             + 
            
            p18.generated_number * power(2, 18)
             + 
            
            p19.generated_number * power(2, 19)
            
            
            + 1
            as generated_number

            from

            
            p as p0
             cross join 
            
            p as p1
             cross join 
            
            p as p2
             cross join 
            
            p as p3
             cross join 
            
            p as p4
             cross join 
            
            p as p5
             cross join 
            
            p as p6
             cross join 
            
            p as p7
             cross join 
            
            p as p8
             cross join 
            
            p as p9
             cross join 
            
            p as p10
             cross join 
            
            p as p11
             cross join 
            
            p as p12
             cross join 
            
            p as p13
             cross join 
            
            p as p14
             cross join 
            
            p as p15
             cross join 
            
            p as p16
             cross join 
            
            p as p17
             cross join 
            
            p as p18
             cross join 
            
            p as p19
            
            

            )

            select *
            from unioned
            where generated_number <= 1000000
            order by generated_number

        ) as generated
        ) as numbers
            on numbers.entity_kit_number * 1 <= datediff(
                hour,
                first_period,
                last_period
                )
    ) as periods
),

build_ranges as (
    select
        customer_id,
        min(entity_kit_period) as first_unit,
        max(entity_kit_period) as last_unit
    from periods_to_build
    group by customer_id
),

event_versions as (
    select
        events_with_period.*,
        max(loaded_at) over (partition by order_id) as entity_kit_loaded_at,
        row_number() over (
            partition by order_id
            order by
                updated_at desc nulls last,
                loaded_at desc nulls last,
                to_json(object_construct_keep_null(events_with_period.*)) desc
        ) as entity_kit_from_last
    from events_with_period
),

loaded_at_by_period as (
    select customer_id, entity_kit_period, max(entity_kit_loaded_at) as loaded_at
    from event_versions
    where entity_kit_period is not null
    group by customer_id, entity_kit_period
),

trailing_loaded_at as (
    select customer_id, entity_kit_unit, max(loaded_at) as loaded_at
    from (
        select
            customer_id,
            loaded_at,
            dateadd(
                hour,
                (numbers.entity_kit_number * 1),
                entity_kit_period
                ) as entity_kit_unit
        from loaded_at_by_period
        inner join (
            select cast(generated_number as bigint) - 1 as entity_kit_number
            from (

            

            with p as (
                select 0 as generated_number union all select 1
            ), unioned as (

            select

            
            p0.generated_number * power(2, 0)
             + 
            
            p1.generated_number * power(2, 1)
             + 
            
            p2.generated_number * power(2, 2)
             + 
            
            p3.generated_number * power(2, 3)
             + 
            
            p4.generated_number * power(2, 4)
             + 
            
            p5.generated_number * power(2, 5)
             + 
            
            p6.generated_number * power(2, 6)
             + 
            
            p7.generated_number * power(2, 7)
             + 
            
            p8.generated_number * power(2, 8)
             + 
            
            p9.generated_number * power(2, 9)
             + 
            
            p10.generated_number * power(2, 10)
             + 
            
            p11.generated_number * power(2, 11)
             + 
            
            p12.generated_number * power(2, 12)
             + 
            
            p13.generated_number * power(2, 13)
             + 
            
            p14.generated_number * power(2, 14)
             + 
            
            p15.generated_number * power(2, 15)
             + 
            
            p16.generated_number * power(2, 16)
             + 
            
            p17.generated_number * power(2, 17)
             + 
            
            p18.generated_number * power(2, 18)
             + 
            
            p19.generated_number * power(2, 19)
            
            
            + 1
            as generated_number

            from

            
            p as p0
             cross join 
            
            p as p1
             cross join 
            
            p as p2
             cross join 
            
            p as p3
             cross join 
            
            p as p4
             cross join 
            
            p as p5
             cross join 
            
            p as p6
             cross join 
            
            p as p7
             cross join 
            
            p as p8
             cross join 
            
            p as p9
             cross join 
            
            p as p10
             cross join 
            
            p as p11
             cross join 
            
            p as p12
             cross join 
            
            p as p13
             cross join 
            
            p as p14
             cross join 
            
            p as p15
             cross join 
            
            p as p16
             cross join 
            
            p as p17
             cross join 
            
            p as p18
             cross join 
            
            p as p19
            
            

            )

            select *
            from unioned
            where generated_number <= 1000000
            order by generated_number

        ) as generated
        ) as numbers
            on numbers.entity_kit_number * 1 <= datediff(
                hour,
                entity_kit_period,
                dateadd(
                hour,
                23,
                entity_kit_period
                )
                )
    ) as spread
    group by customer_id, entity_kit_unit
),

counted_events as (
    select *
    from event_versions
    where entity_kit_from_last = 1
        and entity_kit_period is not null
        and not coalesce((status = 'deleted'), false)
),

period_measures as (
    select
        customer_id,
        entity_kit_period,
        count(*) as orders,
        max(amount) as dearest,
        count(*) as entity_kit_rows
    from counted_events
    group by customer_id, entity_kit_period
),

trailing_24 as (
    select
        customer_id,
        entity_kit_unit,
        sum(amount) as revenue_24h,
        count(*) as entity_kit_rows
    from (
        select
            counted_events.*,
            dateadd(
                hour,
                (numbers.entity_kit_number * 1),
                greatest(counted_events.entity_kit_period, build_ranges.first_unit)
                ) as entity_kit_unit
        from counted_events
        inner join build_ranges on build_ranges.customer_id = counted_events.customer_id
        inner join (
            select cast(generated_number as bigint) - 1 as entity_kit_number
            from (

            

            with p as (
                select 0 as generated_number union all select 1
            ), unioned as (

            select

            
            p0.generated_number * power(2, 0)
             + 
            
            p1.generated_number * power(2, 1)
             + 
            
            p2.generated_number * power(2, 2)
             + 
            
            p3.generated_number * power(2, 3)
             + 
            
            p4.generated_number * power(2, 4)
             + 
            
            p5.generated_number * power(2, 5)
             + 
            
            p6.generated_number * power(2, 6)
             + 
            
            p7.generated_number * power(2, 7)
             + 
            
            p8.generated_number * power(2, 8)
             + 
            
            p9.generated_number * power(2, 9)
             + 
            
            p10.generated_number * power(2, 10)
             + 
            
            p11.generated_number * power(2, 11)
             + 
            
            p12.generated_number * power(2, 12)
             + 
            
            p13.generated_number * power(2, 13)
             + 
            
            p14.generated_number * power(2, 14)
             + 
            
            p15.generated_number * power(2, 15)
             + 
            
            p16.generated_number * power(2, 16)
             + 
            
            p17.generated_number * power(2, 17)
             + 
            
            p18.generated_number * power(2, 18)
             + 
            
            p19.generated_number * power(2, 19)
            
            
            + 1
            as generated_number

            from

            
            p as p0
             cross join 
            
            p as p1
             cross join 
            
            p as p2
             cross join 
            
            p as p3
             cross join 
            
            p as p4
             cross join 
            
            p as p5
             cross join 
            
            p as p6
             cross join 
            
            p as p7
             cross join 
            
            p as p8
             cross join 
            
            p as p9
             cross join 
            
            p as p10
             cross join 
            
            p as p11
             cross join 
            
            p as p12
             cross join 
            
            p as p13
             cross join 
            
            p as p14
             cross join 
            
            p as p15
             cross join 
            
            p as p16
             cross join 
            
            p as p17
             cross join 
            
            p as p18
             cross join 
            
            p as p19
            
            

            )

            select *
            from unioned
            where generated_number <= 1000000
            order by generated_number

        ) as generated
        ) as numbers
            on numbers.entity_kit_number * 1 <= datediff(
                hour,
                greatest(counted_events.entity_kit_period, build_ranges.first_unit),
                least(dateadd(
                hour,
                23,
                counted_events.entity_kit_period
                ), build_ranges.last_unit)
                )
    ) as kept
    group by customer_id, entity_kit_unit
),

version_at_period_end as (
    select
        last_of_period.*,
        lead(entity_kit_starts) over (
            partition by customer_id
            order by entity_kit_starts
        ) as entity_kit_next
    from (
        select
            history_versions.*,
            row_number() over (
                partition by customer_id, entity_kit_starts
                order by entity_kit_from_last
            ) as entity_kit_from_period_end
        from history_versions
    ) as last_of_period
    where entity_kit_from_period_end = 1
),

built_rows as (
    select
        periods_to_build.customer_id,
        periods_to_build.entity_kit_period as period_start,
        dateadd(
        hour,
        1,
        periods_to_build.entity_kit_period
        ) as period_end,
        case
            when period_measures.entity_kit_rows is null then 0
            else period_measures.orders
        end as orders,
        period_measures.dearest,
        case
            when trailing_24.entity_kit_rows is null then 0
            else trailing_24.revenue_24h
        end as revenue_24h,
        case
            when not version_at_period_end.is_deleted
                and (version_at_period_end.entity_kit_ends is null or version_at_period_end.entity_kit_ends > periods_to_build.entity_kit_period)
                then version_at_period_end.city
        end as city,
        version_at_period_end.entity_kit_starts is not null
            and not (not version_at_period_end.is_deleted
                and (version_at_period_end.entity_kit_ends is null or version_at_period_end.entity_kit_ends > periods_to_build.entity_kit_period)) as is_deleted,
        trailing_loaded_at.loaded_at,
        entity_loaded.history_loaded_at
    from periods_to_build
    left join trailing_loaded_at
        on trailing_loaded_at.customer_id = periods_to_build.customer_id
            and trailing_loaded_at.entity_kit_unit = periods_to_build.entity_kit_period
    left join period_measures
        on period_measures.customer_id = periods_to_build.customer_id
            and period_measures.entity_kit_period = periods_to_build.entity_kit_period
    left join trailing_24
        on trailing_24.customer_id = periods_to_build.customer_id
            and trailing_24.entity_kit_unit = periods_to_build.entity_kit_period
    left join version_at_period_end
        on version_at_period_end.customer_id = periods_to_build.customer_id
            and version_at_period_end.entity_kit_starts <= periods_to_build.entity_kit_period
            and (version_at_period_end.entity_kit_next is null or version_at_period_end.entity_kit_next > periods_to_build.entity_kit_period)
    left join (
        select customer_id, max(loaded_at) as history_loaded_at
        from history_versions
        group by customer_id
    ) as entity_loaded
        on entity_loaded.customer_id = periods_to_build.customer_id
)

select
    customer_id,
    md5(cast(coalesce('"' || replace(cast(customer_id as TEXT), '"', '""') || '"', '') as TEXT)) as durable_key,
    md5(cast(coalesce('"' || replace(cast(customer_id as TEXT), '"', '""') || '"', '') || ',' || coalesce('"' || replace(cast(period_start as TEXT), '"', '""') || '"', '') as TEXT)) as surrogate_key,
    period_start,
    period_end,
    orders,
    dearest,
    revenue_24h,
    city,
    is_deleted,
    loaded_at,
    history_loaded_at
from built_rows
