with events_with_period as (
    select
        entity_kit_row.*,
        to_utc_timestamp(cast(ordered_at as timestamp), current_timezone()) as entity_kit_occurred_at,
        case
            when (customer_id is not null)
                and to_utc_timestamp(cast(ordered_at as timestamp), current_timezone()) >= to_utc_timestamp(cast(cast('2020-01-01 00:00:00+00:00' as timestamp) as timestamp), current_timezone())
                and to_utc_timestamp(cast(ordered_at as timestamp), current_timezone()) < to_utc_timestamp(cast(cast('2030-01-01 00:00:00+00:00' as timestamp) as timestamp), current_timezone())
                then date_trunc('hour', to_utc_timestamp(cast(ordered_at as timestamp), current_timezone()))
        end as entity_kit_period
    from `db`.`raw`.`orders` as entity_kit_row
),

history_versions as (
    select
        entity_kit_version.*,
        to_utc_timestamp(cast(valid_from as timestamp), current_timezone()) as entity_kit_from,
        date_trunc('hour', to_utc_timestamp(cast(valid_from as timestamp), current_timezone())) as entity_kit_starts,
        date_trunc('hour', to_utc_timestamp(cast(valid_to as timestamp), current_timezone())) as entity_kit_ends,
        row_number() over (
            partition by customer_id
            order by valid_from desc, to_json(struct(entity_kit_version.*)) desc
        ) as entity_kit_from_last,
        max(loaded_at) over (
            partition by customer_id
        ) as entity_kit_loaded_at
    from `db`.`analytics`.`history_customers` as entity_kit_version
    where (customer_id is not null)
        and to_utc_timestamp(cast(valid_from as timestamp), current_timezone()) is not null
),

history_ranges as (
    select
        customer_id,
        min(case when entity_kit_from < to_utc_timestamp(cast(cast('2030-01-01 00:00:00+00:00' as timestamp) as timestamp), current_timezone()) then entity_kit_starts end) as first_period,
        max(case when entity_kit_from < to_utc_timestamp(cast(cast('2030-01-01 00:00:00+00:00' as timestamp) as timestamp), current_timezone()) then entity_kit_starts end) as last_period,
        max(
            case
                when entity_kit_from_last = 1 and (is_deleted or not is_current)
                    then greatest(coalesce(date_trunc('hour', to_utc_timestamp(cast(loaded_at as timestamp), current_timezone())), case when is_deleted then entity_kit_starts else entity_kit_ends end), coalesce(case when is_deleted then entity_kit_starts else entity_kit_ends end, date_trunc('hour', to_utc_timestamp(cast(loaded_at as timestamp), current_timezone()))))
            end
        ) as deleted_period
    from history_versions
    group by customer_id
),

last_arrival as (
    select max(loaded_utc) as last_loaded
    from (
        select to_utc_timestamp(cast(max(loaded_at) as timestamp), current_timezone()) as loaded_utc
        from `db`.`raw`.`orders`
        union all
        select to_utc_timestamp(cast(max(loaded_at) as timestamp), current_timezone()) as loaded_utc
        from `db`.`analytics`.`history_customers`
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
            and entity_kit_from >= to_utc_timestamp(cast(cast('2020-01-01 00:00:00+00:00' as timestamp) as timestamp), current_timezone())
            and entity_kit_from < to_utc_timestamp(cast(cast('2030-01-01 00:00:00+00:00' as timestamp) as timestamp), current_timezone())
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
        greatest(coalesce(first_period, date_trunc('hour', to_utc_timestamp(cast(cast('2020-01-01 00:00:00+00:00' as timestamp) as timestamp), current_timezone()))), coalesce(date_trunc('hour', to_utc_timestamp(cast(cast('2020-01-01 00:00:00+00:00' as timestamp) as timestamp), current_timezone())), first_period)) as first_period,
        least(last_period, date_trunc('hour', timestampadd(microsecond, -1, (to_utc_timestamp(cast(cast('2030-01-01 00:00:00+00:00' as timestamp) as timestamp), current_timezone()))))) as last_period
    from entity_ranges
    where first_period is not null
),

entity_spines as (
    select
        customer_id,
        first_period,
        case
            when timestampdiff(hour, date_trunc('hour', first_period), date_trunc('hour', last_period)) >= 100000
                then cast(raise_error('grain_table: `max_periods` must be at least the number of periods of any entity; got 100000, but the entity with ' || 'customer_id = ' || coalesce(cast(customer_id as string), 'NULL') || ' has ' || cast(timestampdiff(hour, date_trunc('hour', first_period), date_trunc('hour', last_period)) + 1 as string) || ', from ' || cast(first_period as string) || ' to ' || cast(last_period as string) || '. Exclude such times with occurred_from and occurred_to, or raise max_periods.') as timestamp)
            else last_period
        end as last_period
    from bounded_ranges
),

arrived_row_keys as (
    select order_id
    from events_with_period
    where loaded_at >= (select coalesce(timestampadd(hour, -3, (max(entity_kit_target.loaded_at))), cast('0001-01-01' as timestamp)) from `db`.`analytics`.`hours_of_customers` as entity_kit_target)
    union all
    select order_id
    from events_with_period
    where loaded_at is null
),

touched_ranges as (
    select distinct
        customer_id,
        entity_kit_period as touched_from,
        timestampadd(hour, 23, entity_kit_period) as touched_to,
        false as by_history
    from events_with_period
    where entity_kit_period is not null
        and exists (
            select 1
            from (
                select order_id as key_1
                from arrived_row_keys
                where true
            ) as entity_kit_match
            where (entity_kit_match.key_1 <=> events_with_period.order_id)
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
    where (loaded_at >= (select coalesce(timestampadd(hour, -3, (max(entity_kit_target.history_loaded_at))), cast('0001-01-01' as timestamp)) from `db`.`analytics`.`hours_of_customers` as entity_kit_target) or loaded_at is null)
    group by customer_id
),

built_ranges as (
    select
        customer_id,
        min(period_start) as first_period,
        max(period_start) as last_period
    from `db`.`analytics`.`hours_of_customers`
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
            else greatest(coalesce(entity_spines.first_period, timestampadd(hour, 1, built_ranges.last_period)), coalesce(timestampadd(hour, 1, built_ranges.last_period), entity_spines.first_period))
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
            timestampadd(hour, -1, built_ranges.first_period)
        ) as last_period
    from entity_spines
    inner join built_ranges on built_ranges.customer_id = entity_spines.customer_id
    where entity_spines.first_period < built_ranges.first_period
),

withdrawn_ranges as (
    select
        built_ranges.customer_id,
        timestampadd(hour, 1, entity_spines.last_period) as first_period,
        built_ranges.last_period
    from built_ranges
    inner join entity_spines on built_ranges.customer_id = entity_spines.customer_id
    where built_ranges.last_period > entity_spines.last_period
    union all
    select
        built_ranges.customer_id,
        built_ranges.first_period,
        timestampadd(hour, -1, entity_spines.first_period) as last_period
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
        explode(
            case
                when first_period <= last_period
                    then sequence(first_period, last_period, interval 1 hour)
            end
        ) as entity_kit_period
    from withdrawn_ranges
),

periods_to_build as (
    select distinct *
    from (
        select
            customer_id,
            explode(
                case
                    when first_period <= last_period
                        then sequence(first_period, last_period, interval 1 hour)
                end
            ) as entity_kit_period
        from ranges_to_build
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
            explode(
                case
                    when timestampadd(hour, -23, entity_kit_period) <= entity_kit_period
                        then sequence(timestampadd(hour, -23, entity_kit_period), entity_kit_period, interval 1 hour)
                end
            ) as entity_kit_read
        from periods_to_build
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
                to_json(struct(events_with_period.*)) desc
        ) as entity_kit_from_last
    from events_with_period
    where exists (
        select 1
        from (
            select order_id as key_1
            from row_keys_to_read
            where true
        ) as entity_kit_match
        where (entity_kit_match.key_1 <=> events_with_period.order_id)
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
            explode(
                case
                    when entity_kit_period <= timestampadd(hour, 23, entity_kit_period)
                        then sequence(entity_kit_period, timestampadd(hour, 23, entity_kit_period), interval 1 hour)
                end
            ) as entity_kit_unit
        from loaded_at_by_period
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
                explode(
                    case
                        when greatest(counted_events.entity_kit_period, build_ranges.first_unit) <= least(timestampadd(hour, 23, counted_events.entity_kit_period), build_ranges.last_unit)
                            then sequence(greatest(counted_events.entity_kit_period, build_ranges.first_unit), least(timestampadd(hour, 23, counted_events.entity_kit_period), build_ranges.last_unit), interval 1 hour)
                    end
                ) as entity_kit_unit
            from counted_events
            inner join build_ranges on build_ranges.customer_id = counted_events.customer_id
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
        timestampadd(hour, 1, periods_to_build.entity_kit_period) as period_end,
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
    md5(cast(coalesce('"' || replace(cast(customer_id as string), '"', '""') || '"', '') as string)) as durable_key,
    md5(cast(coalesce('"' || replace(cast(customer_id as string), '"', '""') || '"', '') || ',' || coalesce('"' || replace(cast(period_start as string), '"', '""') || '"', '') as string)) as surrogate_key,
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
