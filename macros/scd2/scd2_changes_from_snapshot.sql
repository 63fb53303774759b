{%- macro scd2_changes_from_snapshot(
    snapshot, business_key, tracked_columns=none, meta_columns={}, dbt_valid_to_current=none
) -%}
{{ return(adapter.dispatch('scd2_changes_from_snapshot', 'entity_kit')(
    snapshot, business_key, tracked_columns, meta_columns, dbt_valid_to_current
)) }}
{%- endmacro -%}

{#-
    Each version of the snapshot is a change. An end without a following start is a deletion. The last row of each
    entity makes no version; it makes each run recompute the entity, because dbt doesn't record when a row arrived or
    was closed.
-#}
{%- macro default__scd2_changes_from_snapshot(
    snapshot, business_key, tracked_columns, meta_columns, dbt_valid_to_current
) -%}
{%- set name = 'scd2_changes_from_snapshot' -%}
{%- set rows = entity_kit._scd2_snapshot(
    name, snapshot, business_key, tracked_columns, meta_columns, dbt_valid_to_current,
    ['changed_at', 'is_deleted', 'loaded_at']
) -%}
{%- set names = (rows.business_key + rows.columns) | join(',\n    ') -%}
select *
from (
with {{ entity_kit._scd2_snapshot_versions(rows, name) }}

select
    {{ names }},
    entity_kit_from as changed_at,
    entity_kit_is_deleted as is_deleted,
    entity_kit_loaded_at as loaded_at
from versions

union all

select
    {{ names }},
    {{ entity_kit._greatest(['entity_kit_from', 'entity_kit_to']) }} as changed_at,
    true as is_deleted,
    {{ entity_kit._greatest(['entity_kit_loaded_at', 'entity_kit_to']) }} as loaded_at
from versions
where entity_kit_to is not null
    and (entity_kit_next is null or entity_kit_next > entity_kit_to)

union all

select
    {{ names }},
    nullif(entity_kit_from, entity_kit_from) as changed_at,
    false as is_deleted,
    nullif(entity_kit_loaded_at, entity_kit_loaded_at) as loaded_at
from versions
where entity_kit_next is null
) as changed_rows
{%- endmacro -%}
