{#-
    The CTE of the identifiers that links connect, in both directions, and of each with itself. `linked` has each pair of a
    link that counts.
-#}
{%- macro _identity_pairs(spec) -%}
{%- set pairs = [] -%}
{%- for one in range(1, spec.ends | length) -%}
    {%- for other in range(one + 1, spec.ends | length + 1) -%}
        {%- do pairs.append([one, other]) -%}
    {%- endfor -%}
{%- endfor -%}
linked as (
{%- for pair in pairs %}
    select one.number as one, other.number as other, stated.linked_at
    from stated
    inner join identifiers as one
        on stated.type_{{ pair[0] }} = one.node_type and stated.node_{{ pair[0] }} = one.node
    inner join identifiers as other
        on stated.type_{{ pair[1] }} = other.node_type and stated.node_{{ pair[1] }} = other.node
    where stated.counts = 1
    {{- '\n    union all' if not loop.last }}
{%- endfor %}
),

pairs as materialized (
    select
        one,
        other,
        min(linked_at) as first_linked_at,
        max(linked_at) as last_linked_at
    from (
        select one, other, linked_at from linked
        union all
        select other, one, linked_at from linked
        union all
        select number, number, first_linked_at from identifiers
    ) as both_ways
    group by one, other
)
{%- endmacro -%}
