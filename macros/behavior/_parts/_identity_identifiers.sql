{#-
    The CTE of the identifiers to build. Their `number` orders them by their hash, and so at random: then few steps connect
    even a long chain (see `_identity_walk`).
-#}
{%- macro _identity_identifiers(spec) -%}
{%- set durable_key = entity_kit._durable_key(spec.business_key, spec.types) -%}
named as (
{%- for end in spec.ends %}
    select type_{{ loop.index }} as node_type, node_{{ loop.index }} as node, linked_at, loaded_at, counts
    from stated
    where node_{{ loop.index }} is not null
    {{- '\n    union all' if not loop.last }}
{%- endfor %}
),

identifiers as materialized (
    select
        entity_kit_row.*,
        row_number() over (order by durable_key) as number
    from (
        select
            node_type,
            node,
            {{ durable_key | indent(12) }} as durable_key,
            min(case when counts = 1 then linked_at end) as first_linked_at,
            max(case when counts = 1 then linked_at end) as last_linked_at,
            max(loaded_at) as loaded_at,
            max(counts) as counts
        from named
        {%- if spec.narrowed %}
        where {{ entity_kit._matches_any(
            spec.business_key, [{'keys': spec.business_key, 'from': 'connected'}]
        ) | indent(8) }}
        {%- endif %}
        group by node_type, node
    ) as entity_kit_row
)
{%- endmacro -%}
