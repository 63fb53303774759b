{#- The CTE of the entities to build, each with when its last row was loaded and whether any of its rows counts. -#}
{%- macro _entity_entities(spec) -%}
entities as (
    select {{ spec.key_list }},
        max({{ spec.loaded_at }}) as entity_kit_loaded_at,
        max(entity_kit_counts) as entity_kit_counts
    from stated
    group by {{ spec.key_list }}
)
{%- endmacro -%}
