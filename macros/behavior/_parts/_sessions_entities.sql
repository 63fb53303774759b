{#- With `within`: the CTE of the users to build, as `_entity_entities` gives it from all rows of each. -#}
{%- macro _sessions_entities(spec) -%}
{%- set target_keys = entity_kit._prefixed('entity_kit_target', spec.business_key) | join(', ') -%}
entities as (
    select {{ spec.key_list }},
        max(entity_kit_loaded_at) as entity_kit_loaded_at,
        max(entity_kit_counts) as entity_kit_counts
    from (
        select {{ spec.key_list }}, entity_kit_loaded_at, case when entity_kit_kept > 0 then 1 else 0 end as entity_kit_counts
        from kept_sessions
        union all
        select {{ target_keys }}, entity_kit_target.loaded_at as entity_kit_loaded_at, 0 as entity_kit_counts
        from {{ this }} as entity_kit_target
        where {{ entity_kit._matches_any(
            entity_kit._prefixed('entity_kit_target', spec.business_key), [{'keys': spec.business_key, 'from': 'touched'}]
        ) | indent(8) }}
        union all
        select {{ spec.key_list }}, null as entity_kit_loaded_at, 1 as entity_kit_counts
        from timed
    ) as known
    group by {{ spec.key_list }}
)
{%- endmacro -%}
