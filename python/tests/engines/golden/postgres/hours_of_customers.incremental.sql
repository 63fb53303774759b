with events_with_period as not materialized (
    select events_in_utc.*,
        case when (customer_id is not null) and entity_kit_occurred_at >= cast('2020-01-01' as timestamp)
            and entity_kit_occurred_at < cast('2030-01-01' as timestamp)
            then date_trunc('hour', entity_kit_occurred_at)
        end as entity_kit_period
    from (
        select entity_kit_row.*,
            (timestamp '1970-01-01' + extract(epoch from ordered_at) * interval '1 second')
                as entity_kit_occurred_at
        from "db"."raw"."orders" as entity_kit_row
    ) as events_in_utc
),

history_versions as (
    select versions_in_utc.*,
        date_trunc('hour', entity_kit_from) as entity_kit_starts,
        date_trunc('hour', case when not is_deleted then entity_kit_to else entity_kit_from end) as entity_kit_ends,
        date_trunc('hour', entity_kit_arrived) as entity_kit_known
    from (
        select entity_kit_version.*,
            (timestamp '1970-01-01' + extract(epoch from valid_from) * interval '1 second') as entity_kit_from,
            (timestamp '1970-01-01' + extract(epoch from valid_to) * interval '1 second') as entity_kit_to,
            (timestamp '1970-01-01' + extract(epoch from loaded_at) * interval '1 second') as entity_kit_arrived,
            row_number() over (
                partition by customer_id
                order by valid_from desc, cast(entity_kit_version as TEXT) desc
            ) as entity_kit_from_last,
            max(loaded_at) over (partition by customer_id) as entity_kit_loaded_at
        from "db"."analytics"."history_customers" as entity_kit_version
        where (customer_id is not null) and valid_from is not null
    ) as versions_in_utc
),

arrived_events as (
    select customer_id, order_id, entity_kit_occurred_at, entity_kit_period, loaded_at as entity_kit_loaded_at
    from events_with_period where loaded_at >= (
        select coalesce(max(entity_kit_target.loaded_at) + interval '-3 hour', '-infinity')
        from "db"."analytics"."hours_of_customers" as entity_kit_target
    )
    union all
    select customer_id, order_id, entity_kit_occurred_at, entity_kit_period, loaded_at as entity_kit_loaded_at
    from events_with_period where loaded_at is null
),

touched_ranges as (
    select distinct customer_id, false as by_history, entity_kit_period as touched_from,
        (entity_kit_period + interval '23 hour') as touched_to
    from events_with_period
    where entity_kit_period is not null and (array[events_with_period.order_id]) in (
        select array[order_id] as key_1 from arrived_events
    )
    union all
    select distinct customer_id, true, cast(null as timestamp), cast(null as timestamp)
    from history_versions where loaded_at is null or loaded_at >= (
        select coalesce(max(entity_kit_target.history_loaded_at) + interval '-3 hour', '-infinity')
        from "db"."analytics"."hours_of_customers" as entity_kit_target
    )
),

built_ranges as (
    select customer_id,
        min(period_start) as first_period,
        max(period_start) as last_period,
        min(case when loaded_at is not null then period_start end) as first_recorded,
        max(case when loaded_at is not null then period_start end) as last_recorded
    from "db"."analytics"."hours_of_customers" group by customer_id
),

ended_ranges as (
    select built.*, coalesce(touched.by_history, false) as by_history
    from built_ranges as built
    inner join history_versions as version
        on version.customer_id = built.customer_id and version.entity_kit_from_last = 1
    left join touched_ranges as touched on touched.customer_id = built.customer_id and touched.by_history
    where version.is_deleted or not version.is_current
),

last_arrival as (
    select max(loaded_utc) as last_loaded from (
        select (timestamp '1970-01-01' + extract(epoch from loaded_at) * interval '1 second') as loaded_utc
        from (select max(entity_kit_loaded_at) as loaded_at from arrived_events) as events
        union all
        select max(entity_kit_arrived) from history_versions
    ) as upstreams
),

recent_events as (
    select customer_id, entity_kit_occurred_at, entity_kit_period
    from events_with_period as event
    where entity_kit_period is not null and event.ordered_at >= (
        select coalesce(max(happened), '-infinity') from (
            select entity_kit_occurred_at as happened, entity_kit_occurred_at as over_by from arrived_events
            where entity_kit_period is not null
            union all
            select (last_recorded + interval '-23 hour'), (last_recorded + interval '1 hour')
            from built_ranges
        ) as happenings
        where over_by <= (select last_loaded from last_arrival)
    )
),

reach as (
    select date_trunc('hour', max(happened)) as reach_period from (
        select entity_kit_occurred_at as happened from recent_events
        union all
        select entity_kit_from from history_versions
        where entity_kit_from >= cast('2020-01-01' as timestamp) and entity_kit_from < cast('2030-01-01' as timestamp)
    ) as happenings
    where happened <= (select last_loaded from last_arrival)
),

entity_ranges as (
    select customer_id,
        greatest(min(first_period), date_trunc('hour', cast('2020-01-01' as timestamp))) as first_period,
        least(
            greatest(coalesce(max(deleted_period), max(reach_period), max(last_period)), max(last_period)),
            date_trunc('hour', (cast('2030-01-01' as timestamp) + interval '-1 microsecond'))
        ) as last_period
    from (
        select customer_id,
            min(case when entity_kit_from < cast('2030-01-01' as timestamp) then entity_kit_starts end) as first_period,
            max(case when entity_kit_from < cast('2030-01-01' as timestamp) then entity_kit_starts end) as last_period,
            max(case when entity_kit_from_last = 1 and (is_deleted or not is_current)
                then greatest(entity_kit_known, entity_kit_ends)
            end) as deleted_period
        from history_versions group by customer_id
        union all
        select customer_id, touched_from, touched_from, null from touched_ranges where not by_history
        union all
        select customer_id, entity_kit_period, entity_kit_period, null from recent_events
        union all
        select customer_id, first_recorded, null, null from built_ranges
        union all
        select customer_id, last_period, last_period, null from ended_ranges where not by_history
        union all
        select ended.customer_id, entity_kit_period, entity_kit_period, null
        from ended_ranges as ended
        inner join events_with_period as event
            on ended.customer_id = event.customer_id
                and event.entity_kit_period >= (ended.last_recorded + interval '-23 hour')
                and event.ordered_at >= (ended.last_recorded + interval '-23 hour')
                and event.ordered_at <= (ended.last_recorded + interval '1 hour')
        where ended.by_history
    ) as known cross join reach
    group by customer_id having min(first_period) is not null
),

entity_spines as (
    select customer_id, first_period,
        case when cast(extract(epoch from last_period - first_period) / 3600 as bigint) >= 100000
            then cast(cast(
                'grain_table: `max_periods` must be at least the number of periods of any entity; got 100000, '
                || 'but the entity with customer_id = ' || coalesce(cast(customer_id as TEXT), 'NULL') || ' has '
                || cast(cast(extract(epoch from last_period - first_period) / 3600 as bigint) + 1 as TEXT)
                || ', from ' || cast(first_period as TEXT) || ' to ' || cast(last_period as TEXT)
                || '. Exclude such times with occurred_from and occurred_to, or raise max_periods.'
            as TEXT) as timestamp)
            else last_period
        end as last_period
    from entity_ranges
),

ranges_to_build as (
    select spine.customer_id,
        greatest(spine.first_period, coalesce(bounds.touched_from, spine.first_period)) as first_period,
        least(spine.last_period, coalesce(bounds.touched_to, spine.last_period)) as last_period
    from entity_spines as spine
    left join (
        select built.customer_id, touched_from, touched_to
        from built_ranges as built
        inner join touched_ranges as touched on touched.customer_id = built.customer_id
        union all
        select customer_id, (last_period + interval '1 hour'), null from built_ranges
        union all
        select customer_id, null, (first_period + interval '-1 hour') from built_ranges
    ) as bounds on bounds.customer_id = spine.customer_id
),

withdrawn_periods as (
    select customer_id, generate_series(first_period, last_period, interval '1 hour') as entity_kit_period
    from (
        select built.customer_id,
            coalesce(
                case when is_after then (spine.last_period + interval '1 hour') end, built.first_period
            ) as first_period,
            case when is_after then built.last_period else (spine.first_period + interval '-1 hour') end as last_period
        from built_ranges as built
        left join entity_spines as spine on spine.customer_id = built.customer_id
        left join touched_ranges as touched on touched.customer_id = built.customer_id and touched.by_history
        inner join (select true as is_after union all select false) as ends on is_after or touched.by_history
    ) as ranges
),

periods_to_build as (
    select distinct customer_id,
        generate_series(first_period, last_period, interval '1 hour') as entity_kit_period
    from ranges_to_build
),

build_ranges as (
    select customer_id, min(entity_kit_period) as first_unit, max(entity_kit_period) as last_unit
    from periods_to_build group by customer_id
),

periods_to_read as (
    select distinct customer_id,
        generate_series(entity_kit_period + interval '-23 hour', entity_kit_period, interval '1 hour')
            as entity_kit_read
    from periods_to_build
),

row_keys_to_read as (
    select event.order_id from events_with_period as event
    inner join periods_to_read as unit
        on unit.customer_id = event.customer_id and unit.entity_kit_read = event.entity_kit_period
            and event.ordered_at >= unit.entity_kit_read
            and event.ordered_at <= (unit.entity_kit_read + interval '1 hour')
),

event_versions as (
    select events_with_period.*,
        max(loaded_at) over (partition by order_id) as entity_kit_loaded_at,
        row_number() over (
            partition by order_id
            order by
                updated_at desc nulls last, loaded_at desc nulls last, cast(events_with_period as TEXT) desc
        ) as entity_kit_from_last
    from events_with_period
    where (array[events_with_period.order_id]) in (
        select array[order_id] as key_1 from row_keys_to_read
    )
),

trailing_loaded_at as (
    select customer_id, entity_kit_unit, max(loaded_at) as loaded_at from (
        select customer_id, loaded_at,
            generate_series(entity_kit_period, entity_kit_period + interval '23 hour', interval '1 hour')
                as entity_kit_unit
        from (
            select customer_id, entity_kit_period, max(entity_kit_loaded_at) as loaded_at from event_versions
            where entity_kit_period is not null group by customer_id, entity_kit_period
        ) as loaded_at_by_period
    ) as spread group by customer_id, entity_kit_unit
),

counted_events as (
    select * from event_versions
    where entity_kit_from_last = 1 and entity_kit_period is not null
        and not coalesce((status = 'deleted'), false)
),

period_measures as (
    select customer_id, entity_kit_period,
        count(*) as orders,
        max(amount) as dearest,
        count(*) as entity_kit_rows
    from counted_events group by customer_id, entity_kit_period
),

trailing_24 as (
    select customer_id, entity_kit_unit, sum(amount) as revenue_24h, count(*) as entity_kit_rows from (
        select spread.* from (
            select stretches.*, generate_series(entity_kit_first, entity_kit_last, interval '1 hour') as entity_kit_unit
            from (
                select event.*,
                    greatest(event.entity_kit_period, bounds.first_unit) as entity_kit_first,
                    least(event.entity_kit_period + interval '23 hour', bounds.last_unit) as entity_kit_last
                from counted_events as event
                inner join build_ranges as bounds on bounds.customer_id = event.customer_id
            ) as stretches
        ) as spread
        inner join periods_to_build as unit
            on unit.customer_id = spread.customer_id and unit.entity_kit_period = spread.entity_kit_unit
    ) as kept group by customer_id, entity_kit_unit
),

version_at_period_end as (
    select history_versions.*,
        lead(entity_kit_starts) over (partition by customer_id order by entity_kit_starts, entity_kit_from_last desc)
            as entity_kit_next
    from history_versions
),

built_rows as (
    select unit.customer_id, unit.entity_kit_period as period_start,
        (unit.entity_kit_period + interval '1 hour') as period_end,
        case when measures.entity_kit_rows is null then 0 else measures.orders end as orders,
        measures.dearest,
        case when trailing_24.entity_kit_rows is null then 0 else trailing_24.revenue_24h end as revenue_24h,
        case when version.entity_kit_ends <= unit.entity_kit_period then null else version.city end as city,
        coalesce(version.entity_kit_ends <= unit.entity_kit_period, false) as is_deleted,
        loaded.loaded_at, last_version.entity_kit_loaded_at as history_loaded_at
    from periods_to_build as unit
    left join trailing_loaded_at as loaded
        on loaded.customer_id = unit.customer_id and loaded.entity_kit_unit = unit.entity_kit_period
    left join period_measures as measures
        on measures.customer_id = unit.customer_id and measures.entity_kit_period = unit.entity_kit_period
    left join trailing_24
        on trailing_24.customer_id = unit.customer_id and trailing_24.entity_kit_unit = unit.entity_kit_period
    left join version_at_period_end as version
        on version.customer_id = unit.customer_id and version.entity_kit_starts <= unit.entity_kit_period
            and (version.entity_kit_next is null or version.entity_kit_next > unit.entity_kit_period)
    left join history_versions as last_version
        on last_version.customer_id = unit.customer_id and last_version.entity_kit_from_last = 1
    union all
    select customer_id, entity_kit_period, entity_kit_period, null, null, null, null, true, null, null
    from withdrawn_periods
)

select customer_id,
    md5(coalesce('"' || replace(cast(customer_id as TEXT), '"', '""') || '"', '')) as durable_key,
    md5(
        coalesce('"' || replace(cast(customer_id as TEXT), '"', '""') || '"', '')
        || ',' || coalesce('"' || replace(cast(period_start as TEXT), '"', '""') || '"', '')
    ) as surrogate_key,
    period_start, period_end, orders, dearest, revenue_24h, city, is_deleted, loaded_at, history_loaded_at
from built_rows
