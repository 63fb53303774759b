{#- The body of the data test `scd2_matches_source`. -#}
{%- macro scd2_mismatches(
    history, source, business_key, columns, changed_at=none, loaded_at=none, sequence=none, deleted_when=none
) -%}
{{ return(adapter.dispatch('scd2_mismatches', 'entity_kit')(
    history, source, business_key, columns, changed_at, loaded_at, sequence, deleted_when
)) }}
{%- endmacro -%}

{%- macro default__scd2_mismatches(
    history, source, business_key, columns, changed_at, loaded_at, sequence, deleted_when
) -%}
{%- set name = 'scd2_matches_source' -%}
{%- set keys = entity_kit._column_names(name, 'business_key', business_key) -%}
{%- set columns = entity_kit._column_names(name, 'columns', columns) -%}
{%- set relation = entity_kit._relation(source, name, 'source') -%}
{%- do entity_kit._require(
    changed_at is not none or (loaded_at is none and sequence is none), name, 'changed_at',
    'set if `loaded_at` or `sequence` is', changed_at,
    'Name the column that says which of an entity\'s rows is the latest. Without it, the source must have one row per entity.'
) -%}
{%- set order = namespace(by=[]) -%}
{%- if changed_at is not none -%}
    {%- set order.by = entity_kit._column_names(name, 'changed_at', changed_at)
        + (entity_kit._column_names(name, 'sequence', sequence) if sequence is not none else [])
        + (entity_kit._column_names(name, 'loaded_at', loaded_at) if loaded_at is not none else []) -%}
{%- endif -%}
{%- set is_live = 'true' if deleted_when is none
    else 'case when /* deleted_when */ (' ~ entity_kit._expression(
        entity_kit._string(name, 'deleted_when', deleted_when, 'a condition on the rows')
    ) ~ ') then false else true end' -%}
{%- for side in [source, history] -%}
    {%- do entity_kit._scd2_must_have(name, 'business_key', keys, side) -%}
    {%- do entity_kit._scd2_must_have(name, 'columns', columns, side) -%}
{%- endfor -%}
{%- set types = namespace(known={}) -%}
{%- for column in entity_kit._scd2_columns_of(source) -%}
    {%- do types.known.update({entity_kit._column(column.name): column.dtype}) -%}
{%- endfor -%}
with stated as (
    select
        {{ entity_kit._durable_key(keys, types.known) | indent(8) }} as durable_key,
        {{ entity_kit._csv_line(keys, types.known) | indent(8) }} as business_key,
        {{ entity_kit._csv_line(columns, types.known) | indent(8) }} as content,
        {{ is_live }} as is_live,
    {%- if order.by %}
        row_number() over (
            partition by {{ keys | join(', ') }}
            order by
                {{ entity_kit._scd2_order(order.by, backwards=true) | indent(16) }}
        ) as place
    {%- else %}
        1 as place
    {%- endif %}
    from {{ relation }}
    where {{ entity_kit._not_all_null(keys) }}
    {%- if order.by %}
        and {{ order.by | first }} is not null
    {%- endif %}
),

both_sides as (
    select
        durable_key,
        business_key,
        content as source_content,
        cast(null as {{ dbt.type_string() }}) as history_content,
        1 as in_source,
        0 as in_history
    from stated
    where place = 1
        and is_live
    union all
    select
        durable_key,
        {{ entity_kit._csv_line(keys, types.known) | indent(8) }} as business_key,
        cast(null as {{ dbt.type_string() }}) as source_content,
        {{ entity_kit._csv_line(columns, types.known) | indent(8) }} as history_content,
        0 as in_source,
        1 as in_history
    from {{ history }}
    where is_current
),

compared as (
    select
        durable_key,
        min(business_key) as business_key,
        max(source_content) as source_content,
        max(history_content) as history_content,
        sum(in_source) as in_source,
        sum(in_history) as in_history
    from both_sides
    group by durable_key
)

select
    *,
    case
        when in_source > 1 then 'the source has several rows for this entity; set changed_at'
        when in_history > 1 then 'the history has several current versions of this entity'
        when in_history = 0 then 'the source has this entity, but the history has no current version of it'
        when in_source = 0 then 'the history has a current version, but the entity is not in the source'
        else 'the current version has other values than the source'
    end as failure_reason
from compared
where in_source <> 1
    or in_history <> 1
    or source_content <> history_content
{%- endmacro -%}
