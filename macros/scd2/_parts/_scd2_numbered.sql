{#-
    The CTEs of the rows with the version that each belongs to, `bounded` the last of them. At most one row of an instant
    begins something: it comes first, so that the instant's other rows count with it.
-#}
{%- macro _scd2_numbered(spec) -%}
{%- set begins = 'case when entity_kit_deletes = 1 then 0 else entity_kit_begins end' if spec.ends_by_deletion
    else 'entity_kit_begins' -%}
-- Which version a row belongs to, and when the next one begins{{ ', or a deletion ends it' if spec.ends_by_deletion }}.
numbered as (
    select *,
        sum({{ begins }}) over (
            partition by {{ spec.key_list }}
            order by entity_kit_changed_at, entity_kit_begins desc
            rows between unbounded preceding and current row
        ) as entity_kit_version,
        min(case when entity_kit_begins = 1 then entity_kit_changed_at end) over (
            partition by {{ spec.key_list }}
            order by entity_kit_changed_at, entity_kit_begins desc
            rows between 1 following and unbounded following
        ) as entity_kit_ends
    from compared
),

bounded as (
    select *,
        max(entity_kit_loaded_at) over (partition by {{ spec.key_list }}, entity_kit_version) as entity_kit_consumed
    from numbered
)
{%- endmacro -%}
