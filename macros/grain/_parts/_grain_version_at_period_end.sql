{#- The CTE of what a period's end shows: of the versions that begin in one period, the last. -#}
{%- macro _grain_version_at_period_end(spec) -%}
version_at_period_end as (
    select
        last_of_period.*,
        lead(entity_kit_starts) over (partition by {{ spec.key_list }} order by entity_kit_starts) as entity_kit_next
    from (
        select
            history_versions.*,
            row_number() over (
                partition by {{ spec.key_list }}, entity_kit_starts order by entity_kit_from_last
            ) as entity_kit_from_period_end
        from history_versions
    ) as last_of_period
    where entity_kit_from_period_end = 1
)
{%- endmacro -%}
