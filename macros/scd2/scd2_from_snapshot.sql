{%- macro scd2_from_snapshot(
    snapshot, business_key, tracked_columns=none, meta_columns={}, dbt_valid_to_current=none, valid_to_current=none
) -%}
{{ return(adapter.dispatch('scd2_from_snapshot', 'entity_kit')(
    snapshot, business_key, tracked_columns, meta_columns, dbt_valid_to_current, valid_to_current
)) }}
{%- endmacro -%}

{%- macro default__scd2_from_snapshot(
    snapshot, business_key, tracked_columns, meta_columns, dbt_valid_to_current, valid_to_current
) -%}
{%- set own_names = [
    'durable_key', 'surrogate_key', 'hashdiff', 'valid_from', 'valid_to', 'is_current', 'is_deleted', 'loaded_at'
] -%}
{%- set name = 'scd2_from_snapshot' -%}
{%- set rows = entity_kit._scd2_snapshot(
    name, snapshot, business_key, tracked_columns, meta_columns, dbt_valid_to_current, own_names
) -%}
{%- set keys = rows.business_key -%}
{%- set open_end = none if valid_to_current is none
    else entity_kit._scd2_open_end(name, valid_to_current, rows.types.get('entity_kit_from')) -%}
{%- set end = 'case when entity_kit_lived = 1 then entity_kit_to end' -%}
select *
from (
with {{ entity_kit._scd2_snapshot_versions(rows, name) }}

select
    {{ (keys + rows.columns) | join(',\n    ') }},
    {{ entity_kit._durable_key(keys, rows.types) | indent(4) }} as durable_key,
    {{ entity_kit._hash(entity_kit._csv_line(keys + ['entity_kit_from'], rows.types)) | indent(4) }} as surrogate_key,
    {{ entity_kit._hash(entity_kit._csv_line(rows.columns, rows.types) if rows.columns else "''") | indent(4) }} as hashdiff,
    entity_kit_from as valid_from,
    {{ 'coalesce(' ~ end ~ ', ' ~ open_end ~ ')' if open_end is not none else end }} as valid_to,
    (entity_kit_to is null and not entity_kit_is_deleted) as is_current,
    (entity_kit_is_deleted or entity_kit_lived = 0) as is_deleted,
    {{ entity_kit._greatest(['entity_kit_loaded_at', 'entity_kit_to']) }} as loaded_at
from versions
) as snapshot_rows
{%- endmacro -%}
