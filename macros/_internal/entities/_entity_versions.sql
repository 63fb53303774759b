{#-
    The CTE of all versions of the rows to read. A row's last version has `entity_kit_from_last` = 1. If `selected` names a
    CTE, this is of all its rows, which then include every version of each row.
-#}
{%- macro _entity_versions(spec, selected=none) -%}
{%- set is_narrowed = spec.narrowed and selected is none -%}
{%- set is_touched = entity_kit._is_touched(spec.business_key, spec.bucket) if is_narrowed else none -%}
{#- All versions of a row that a touched entity has or had, so that the row's last version is included. -#}
{%- set is_read = entity_kit._matches_any(
    spec.row_key, [{'keys': spec.row_key, 'from': spec.relation, 'where': is_touched}]
) if is_narrowed and spec.rows_move else is_touched -%}
versions as (
    select entity_kit_row.*,
    {%- if spec.row_key %}
        row_number() over (
            partition by {{ spec.row_key | join(', ') }}
            order by
                {{ spec.order | indent(16) }}
        ) as entity_kit_from_last
    {%- else %}
        1 as entity_kit_from_last
    {%- endif %}
    from {{ spec.relation if selected is none else selected }} as entity_kit_row
    {%- if is_read is not none %}
    where {{ is_read | indent(4) }}
    {%- endif %}
)
{%- endmacro -%}
