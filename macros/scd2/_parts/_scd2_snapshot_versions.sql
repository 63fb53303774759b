{#-
    The CTEs that make versions of a native snapshot's rows, `versions` the last of them: the key and the columns,
    `entity_kit_from`, `entity_kit_to`, `entity_kit_is_deleted` (as the row says), `entity_kit_loaded_at`, `entity_kit_next`
    (the start of the entity's next version), and `entity_kit_lived`: 1, or 0 in the one row of an entity none of which
    has a length. dbt's rows overlap: what was missing and is back with its old `updated_at` begins before the row that was
    closed when it was missed; and under the check strategy an `updated_at` that stands still gives rows of no length. So
    rows are read in the order in which they were closed, the open one last, and none begins before those before it ended.
-#}
{%- macro _scd2_snapshot_versions(rows, macro_name) -%}
{%- set keys = rows.business_key | join(', ') -%}
{%- set in_order = 'over (partition by ' ~ keys ~ ' order by entity_kit_place)' -%}
noted as (
    select
        {{ (rows.business_key + rows.columns) | join(',\n        ') }},
        {{ rows.valid_from }} as entity_kit_began,
        {{ rows.valid_to }} as entity_kit_ended,
        {{ rows.updated_at }} as entity_kit_updated_at,
        ({{ rows.is_deleted }}) as entity_kit_is_deleted
    from {{ rows.relation }}
),

placed as (
    select
        entity_kit_row.*,
        row_number() over (
            partition by {{ keys }}
            order by
                case when entity_kit_ended is null then 1 else 0 end,
                {{ entity_kit._scd2_order([
                    entity_kit._greatest(['entity_kit_began', 'entity_kit_ended']), 'entity_kit_began', 'entity_kit_updated_at'
                ]) | indent(16) }},
                case when entity_kit_is_deleted then 1 else 0 end,
                {{ entity_kit._row_order(
                    'entity_kit_row', 'noted', rows.business_key + rows.columns, macro_name, 'snapshot'
                ) | indent(16) }}
        ) as entity_kit_place
    from noted as entity_kit_row
),

preceded as (
    select
        *,
        max(entity_kit_ended) over (
            partition by {{ keys }}
            order by entity_kit_place
            rows between unbounded preceding and 1 preceding
        ) as entity_kit_end_before
    from placed
),

begun as (
    select
        *,
        {{ entity_kit._greatest(['entity_kit_began', 'entity_kit_end_before']) }} as entity_kit_from
    from preceded
),

-- Of two open rows, of a key that the source has twice, the first ends where the second begins.
ended as (
    select
        *,
        coalesce(entity_kit_ended, lead(entity_kit_from) {{ in_order }}) as entity_kit_to,
        lead(entity_kit_place) {{ in_order }} as entity_kit_next_place
    from begun
),

measured as (
    select
        *,
        max(case when entity_kit_to is null or entity_kit_to > entity_kit_from then 1 else 0 end) over (
            partition by {{ keys }}
        ) as entity_kit_lived
    from ended
),

versions as (
    select
        *,
        {{ entity_kit._greatest(['entity_kit_updated_at', 'entity_kit_from']) }} as entity_kit_loaded_at,
        lead(entity_kit_from) {{ in_order }} as entity_kit_next
    from measured
    where entity_kit_to is null
        or entity_kit_to > entity_kit_from
        or (entity_kit_lived = 0 and entity_kit_next_place is null)
)
{%- endmacro -%}
