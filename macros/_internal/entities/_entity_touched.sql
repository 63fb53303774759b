{#-
    The CTE of the entities to recompute: those with a row that arrived since the last run, and those that had one
    before it moved to another entity.
-#}
{%- macro _entity_touched(spec) -%}
touched as (
    {%- for condition in entity_kit._arrived_conditions(spec) %}
    select {{ spec.key_list }}
    from {{ spec.relation }}
    where {{ entity_kit._not_all_null(spec.business_key) }}
        and {{ condition | indent(8) }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
)
{%- endmacro -%}
