with stated as (
    select customer_id, city, segment, full_name, changed_at as entity_kit_changed_at,
        loaded_at as entity_kit_loaded_at, revision as entity_kit_sequence_1,
        case when (operation = 'delete') then 1 else 0 end as entity_kit_deletes,
        md5(
            coalesce('"' || replace(cast(city as string), '"', '""') || '"', '')
            || ',' || coalesce('"' || replace(cast(segment as string), '"', '""') || '"', '')
        ) as entity_kit_hashdiff,
        md5(coalesce('"' || replace(cast(full_name as string), '"', '""') || '"', '')) as entity_kit_overwrite
    from `db`.`raw`.`customers_log`
    where changed_at is not null
        and (customer_id is not null)
),

-- The last row of an instant stands; the others are corrected by it.
in_order as (
    select *,
        first_value(full_name) over (
            partition by customer_id
            order by
                entity_kit_deletes,
                entity_kit_changed_at desc nulls last, entity_kit_sequence_1 desc nulls last,
                entity_kit_loaded_at desc nulls last, entity_kit_deletes desc nulls last,
                entity_kit_hashdiff desc nulls last, entity_kit_overwrite desc nulls last
            rows between unbounded preceding and unbounded following
        ) as entity_kit_latest_3,
        case
            when lead(entity_kit_changed_at) over (
                partition by customer_id
                order by
                    entity_kit_changed_at nulls first, entity_kit_sequence_1 nulls first,
                    entity_kit_loaded_at nulls first, entity_kit_deletes nulls first,
                    entity_kit_hashdiff nulls first, entity_kit_overwrite nulls first
            ) = entity_kit_changed_at then 0
            else 1
        end as entity_kit_stands
    from stated
),

-- A row that says nothing new begins no version.
compared as (
    select *,
        case
            when entity_kit_stands = 0 then 0
            when lag(entity_kit_hashdiff) over (
                    partition by customer_id, entity_kit_stands
                    order by entity_kit_changed_at
                ) = entity_kit_hashdiff
                and lag(entity_kit_deletes) over (
                    partition by customer_id, entity_kit_stands
                    order by entity_kit_changed_at
                ) = entity_kit_deletes
                then 0
            -- An entity that never lived is one version.
            when min(entity_kit_deletes) over (partition by customer_id, entity_kit_stands) = 1
                and lag(entity_kit_deletes) over (
                    partition by customer_id, entity_kit_stands
                    order by entity_kit_changed_at
                ) = 1
                then 0
            else 1
        end as entity_kit_begins
    from in_order
),

-- Which version a row belongs to, and when the next one begins, or a deletion ends it.
numbered as (
    select *,
        sum(case when entity_kit_deletes = 1 then 0 else entity_kit_begins end) over (
            partition by customer_id
            order by entity_kit_changed_at, entity_kit_begins desc
            rows between unbounded preceding and current row
        ) as entity_kit_version,
        min(case when entity_kit_begins = 1 then entity_kit_changed_at end) over (
            partition by customer_id
            order by entity_kit_changed_at, entity_kit_begins desc
            rows between 1 following and unbounded following
        ) as entity_kit_ends
    from compared
),

bounded as (
    select *,
        max(entity_kit_loaded_at) over (partition by customer_id, entity_kit_version) as entity_kit_consumed
    from numbered
)

select customer_id, city, segment, entity_kit_latest_3 as full_name,
    md5(coalesce('"' || cast(customer_id as string) || '"', '')) as durable_key,
    md5(
        coalesce('"' || cast(customer_id as string) || '"', '')
        || ',' || coalesce('"' || replace(cast(entity_kit_changed_at as string), '"', '""') || '"', '')
    ) as surrogate_key,
    entity_kit_hashdiff as hashdiff, entity_kit_changed_at as valid_from,
    coalesce(entity_kit_ends, cast('9999-12-31' as timestamp)) as valid_to,
    (entity_kit_ends is null and entity_kit_deletes = 0) as is_current,
    (entity_kit_deletes = 1) as is_deleted,
    entity_kit_consumed as loaded_at
from bounded
where entity_kit_begins = 1
    -- A deletion is a version only of an entity that never lived: nothing comes before it, and nothing after.
    and (entity_kit_deletes = 0 or (entity_kit_version = 0 and entity_kit_ends is null))
