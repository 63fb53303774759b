{%- macro scd2_changes_from_snapshot(
    snapshot, business_key, tracked_columns=none, meta_columns={}, dbt_valid_to_current=none
) -%}
{{ return(adapter.dispatch('scd2_changes_from_snapshot', 'entity_kit')(
    snapshot, business_key, tracked_columns, meta_columns, dbt_valid_to_current
)) }}
{%- endmacro -%}

{#- Each row of the snapshot is a change; an end that no other row begins at is a deletion. -#}
{%- macro default__scd2_changes_from_snapshot(
    snapshot, business_key, tracked_columns, meta_columns, dbt_valid_to_current
) -%}
{%- set rows = entity_kit._scd2_snapshot(
    'scd2_changes_from_snapshot', snapshot, business_key, tracked_columns, meta_columns, dbt_valid_to_current,
    ['changed_at', 'is_deleted', 'loaded_at']
) -%}
{%- set keys = rows.business_key -%}
{%- set names = (keys + rows.columns) | join(',\n    ') -%}
select
    {{ names }},
    entity_kit_from as changed_at,
    entity_kit_is_deleted as is_deleted,
    entity_kit_updated_at as loaded_at
from (
    select
        {{ names | indent(4) }},
        {{ rows.valid_from }} as entity_kit_from,
        {{ rows.updated_at }} as entity_kit_updated_at,
        ({{ rows.is_deleted }}) as entity_kit_is_deleted
    from {{ rows.relation }}
) as changed_rows

union all

select
    {{ names }},
    entity_kit_to as changed_at,
    true as is_deleted,
    entity_kit_to as loaded_at
from (
    select
        {{ names | indent(4) }},
        {{ rows.valid_to }} as entity_kit_to,
        lead({{ rows.valid_from }}) over (
            partition by {{ keys | join(', ') }}
            order by {{ rows.valid_from }}
        ) as entity_kit_next
    from {{ rows.relation }}
) as ended_rows
where entity_kit_to is not null
    and (entity_kit_next is null or entity_kit_next > entity_kit_to)
{%- endmacro -%}
