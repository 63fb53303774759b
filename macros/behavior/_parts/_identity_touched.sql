{#-
    The CTEs of the identifiers to compute again: those that a link names which arrived since the last run, or another
    version of it, and all that the last run found connected with these. What was cut short is computed in every run, because
    nobody knows all of it.
-#}
{%- macro _identity_touched(spec) -%}
{%- set columns = [] -%}
{%- for end in spec.ends -%}
    {%- do columns.append(end.type ~ ' as type_' ~ loop.index) -%}
    {%- do columns.append(end.node ~ ' as node_' ~ loop.index) -%}
{%- endfor -%}
arrived as (
{%- for condition in entity_kit._arrived_conditions(spec) %}
    {{ entity_kit._select('select', columns) | indent(4) }}
    from {{ spec.relation }}
    where {{ condition | indent(4) }}
    {{- '\n    union all' if not loop.last }}
{%- endfor %}
),

touched as (
{%- for end in spec.ends %}
    select type_{{ loop.index }} as node_type, node_{{ loop.index }} as node
    from arrived
    where node_{{ loop.index }} is not null
    {{- '\n    union' if not loop.last }}
{%- endfor %}
),

connected as (
    select node_type, node
    from touched
    union
    select node_type, node
    from {{ this }} as entity_kit_target
    where component_id in (
        select built.component_id
        from {{ this }} as built
        left join touched
            on built.node_type = touched.node_type and built.node = touched.node
        where touched.node is not null
            or built.reason = 'max_steps'
    )
)
{%- endmacro -%}
