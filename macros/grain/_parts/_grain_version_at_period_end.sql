{#-
    The CTE of the versions, each with the period in which the next one begins (`entity_kit_next`). Of the versions that
    begin in one period only the last is there at its end: for the others, that is the period in which they begin.
-#}
{%- macro _grain_version_at_period_end(spec) -%}
{%- set next = entity_kit._named(
    'lead(entity_kit_starts) '
    ~ entity_kit._over(spec.key_list, ['entity_kit_starts', 'entity_kit_from_last desc']),
    'entity_kit_next'
) -%}
version_at_period_end as (
    select history_versions.*,
        {{ next | indent(8) }}
    from history_versions
)
{%- endmacro -%}
