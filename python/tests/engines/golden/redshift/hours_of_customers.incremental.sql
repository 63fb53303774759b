with events_with_period as (
    select
        entity_kit_row.*,
        cast(ordered_at as timestamp) as entity_kit_occurred_at,
        case
            when (customer_id is not null)
                and cast(ordered_at as timestamp) >= cast(cast('2020-01-01' as timestamp) as timestamp)
                and cast(ordered_at as timestamp) < cast(cast('2030-01-01' as timestamp) as timestamp)
                then date_trunc('hour', cast(ordered_at as timestamp))
        end as entity_kit_period
    from "db"."raw"."orders" as entity_kit_row
),

history_versions as (
    select
        entity_kit_version.*,
        cast(valid_from as timestamp) as entity_kit_from,
        date_trunc('hour', cast(valid_from as timestamp)) as entity_kit_starts,
        date_trunc('hour', cast(valid_to as timestamp)) as entity_kit_ends,
        row_number() over (
            partition by customer_id
            order by valid_from desc, entity_kit_version.customer_id desc nulls first,
                entity_kit_version.city desc nulls first,
                entity_kit_version.segment desc nulls first,
                entity_kit_version.full_name desc nulls first,
                entity_kit_version.durable_key desc nulls first,
                entity_kit_version.surrogate_key desc nulls first,
                entity_kit_version.hashdiff desc nulls first,
                entity_kit_version.valid_from desc nulls first,
                entity_kit_version.valid_to desc nulls first,
                entity_kit_version.is_current desc nulls first,
                entity_kit_version.is_deleted desc nulls first,
                entity_kit_version.loaded_at desc nulls first
        ) as entity_kit_from_last,
        max(loaded_at) over (
            partition by customer_id
        ) as entity_kit_loaded_at
    from "db"."analytics"."history_customers" as entity_kit_version
    where (customer_id is not null)
        and cast(valid_from as timestamp) is not null
),

history_ranges as (
    select
        customer_id,
        min(case when entity_kit_from < cast(cast('2030-01-01' as timestamp) as timestamp) then entity_kit_starts end) as first_period,
        max(case when entity_kit_from < cast(cast('2030-01-01' as timestamp) as timestamp) then entity_kit_starts end) as last_period,
        max(
            case
                when entity_kit_from_last = 1 and (is_deleted or not is_current)
                    then greatest(coalesce(date_trunc('hour', cast(loaded_at as timestamp)), case when is_deleted then entity_kit_starts else entity_kit_ends end), coalesce(case when is_deleted then entity_kit_starts else entity_kit_ends end, date_trunc('hour', cast(loaded_at as timestamp))))
            end
        ) as deleted_period
    from history_versions
    group by customer_id
),

last_arrival as (
    select max(loaded_utc) as last_loaded
    from (
        select cast(max(loaded_at) as timestamp) as loaded_utc
        from "db"."raw"."orders"
        union all
        select cast(max(loaded_at) as timestamp) as loaded_utc
        from "db"."analytics"."history_customers"
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
            and entity_kit_from >= cast(cast('2020-01-01' as timestamp) as timestamp)
            and entity_kit_from < cast(cast('2030-01-01' as timestamp) as timestamp)
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
        greatest(coalesce(first_period, date_trunc('hour', cast(cast('2020-01-01' as timestamp) as timestamp))), coalesce(date_trunc('hour', cast(cast('2020-01-01' as timestamp) as timestamp)), first_period)) as first_period,
        least(last_period, date_trunc('hour', dateadd(
        microsecond,
        -1,
        (cast(cast('2030-01-01' as timestamp) as timestamp))
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

arrived_row_keys as (
    select order_id
    from events_with_period
    where loaded_at >= (select coalesce(dateadd(
                hour,
                -3,
                (max(entity_kit_target.loaded_at))
                ), '0001-01-01') from "db"."analytics"."hours_of_customers" as entity_kit_target)
    union all
    select order_id
    from events_with_period
    where loaded_at is null
),

touched_ranges as (
    select distinct
        customer_id,
        entity_kit_period as touched_from,
        dateadd(
        hour,
        23,
        entity_kit_period
        ) as touched_to,
        false as by_history
    from events_with_period
    where entity_kit_period is not null
        and (coalesce('=' || cast(events_with_period.order_id as varchar), '')) in (
            select coalesce('=' || cast(order_id as varchar), '') as key_1
            from arrived_row_keys
            where true
        )
    union all
    select
        customer_id,
        cast(null as timestamp) as touched_from,
        cast(null as timestamp) as touched_to,
        true as by_history
    from (
        select
            history_versions.*,
            lag(entity_kit_starts) over (
                partition by customer_id
                order by entity_kit_from
            ) as touched_from
        from history_versions
    ) as followed
    where (loaded_at >= (select coalesce(dateadd(
        hour,
        -3,
        (max(entity_kit_target.history_loaded_at))
        ), '0001-01-01') from "db"."analytics"."hours_of_customers" as entity_kit_target) or loaded_at is null)
    group by customer_id
),

built_ranges as (
    select
        customer_id,
        min(period_start) as first_period,
        max(period_start) as last_period
    from "db"."analytics"."hours_of_customers"
    group by customer_id
),

ranges_to_build as (
    select
        entity_spines.customer_id,
        greatest(coalesce(entity_spines.first_period, touched_ranges.touched_from), coalesce(touched_ranges.touched_from, entity_spines.first_period)) as first_period,
        least(
            entity_spines.last_period,
            coalesce(touched_ranges.touched_to, entity_spines.last_period)
        ) as last_period
    from entity_spines
    inner join touched_ranges
        on touched_ranges.customer_id = entity_spines.customer_id
    union all
    select
        entity_spines.customer_id,
        case
            when built_ranges.last_period is null then entity_spines.first_period
            else greatest(coalesce(entity_spines.first_period, dateadd(
        hour,
        1,
        built_ranges.last_period
        )), coalesce(dateadd(
        hour,
        1,
        built_ranges.last_period
        ), entity_spines.first_period))
        end as first_period,
        entity_spines.last_period
    from entity_spines
    left join built_ranges on built_ranges.customer_id = entity_spines.customer_id
    where built_ranges.last_period is null or built_ranges.last_period < entity_spines.last_period
    union all
    select
        entity_spines.customer_id,
        entity_spines.first_period,
        least(
            entity_spines.last_period,
            dateadd(
        hour,
        -1,
        built_ranges.first_period
        )
        ) as last_period
    from entity_spines
    inner join built_ranges on built_ranges.customer_id = entity_spines.customer_id
    where entity_spines.first_period < built_ranges.first_period
),

withdrawn_ranges as (
    select
        built_ranges.customer_id,
        dateadd(
        hour,
        1,
        entity_spines.last_period
        ) as first_period,
        built_ranges.last_period
    from built_ranges
    inner join entity_spines on built_ranges.customer_id = entity_spines.customer_id
    where built_ranges.last_period > entity_spines.last_period
    union all
    select
        built_ranges.customer_id,
        built_ranges.first_period,
        dateadd(
        hour,
        -1,
        entity_spines.first_period
        ) as last_period
    from built_ranges
    inner join entity_spines on built_ranges.customer_id = entity_spines.customer_id
    where built_ranges.first_period < entity_spines.first_period
        and exists (
            select 1
            from touched_ranges
            where by_history
                and touched_ranges.customer_id = built_ranges.customer_id
        )
),

withdrawn_periods as (
    select
        customer_id,
        dateadd(
            hour,
            (numbers.entity_kit_number * 1),
            first_period
            ) as entity_kit_period
    from withdrawn_ranges
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

periods_to_read as (
    select distinct *
    from (
        select
            customer_id,
            dateadd(
                hour,
                (numbers.entity_kit_number * 1),
                dateadd(
                hour,
                -23,
                entity_kit_period
                )
                ) as entity_kit_read
        from periods_to_build
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
                dateadd(
                hour,
                -23,
                entity_kit_period
                ),
                entity_kit_period
                )
    ) as spread
),

row_keys_to_read as (
    select events_with_period.order_id
    from events_with_period
    inner join periods_to_read
        on periods_to_read.customer_id = events_with_period.customer_id
            and periods_to_read.entity_kit_read = events_with_period.entity_kit_period
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
                events_with_period.order_id desc nulls first,
                    events_with_period.customer_id desc nulls first,
                    events_with_period.region desc nulls first,
                    events_with_period.status desc nulls first,
                    events_with_period.amount desc nulls first,
                    events_with_period."order" desc nulls first,
                    events_with_period.ordered_at desc nulls first,
                    events_with_period.updated_at desc nulls first,
                    events_with_period.loaded_at desc nulls first
        ) as entity_kit_from_last
    from events_with_period
    where (coalesce('=' || cast(events_with_period.order_id as varchar), '')) in (
        select coalesce('=' || cast(order_id as varchar), '') as key_1
        from row_keys_to_read
        where true
    )
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
        select spread.*
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
        ) as spread
        inner join periods_to_build
            on periods_to_build.customer_id = spread.customer_id
                and periods_to_build.entity_kit_period = spread.entity_kit_unit
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
    union all
    select
        customer_id,
        entity_kit_period as period_start,
        entity_kit_period as period_end,
        null as orders,
        null as dearest,
        null as revenue_24h,
        null as city,
        true as is_deleted,
        null as loaded_at,
        null as history_loaded_at
    from withdrawn_periods
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
