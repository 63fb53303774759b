{#-
    The CTEs of `rivals`, the links to identifiers of a type of which a person has one; of the pairs that this type parts;
    and of those that are left. Two of the type are never one person, whatever the `handover`.
-#}
{%- macro _identity_rivals(spec) -%}
{%- set pairs = 'open_pairs' if spec.shared else 'pairs' -%}
{%- set types = [] -%}
{%- for type in spec.one_to_one -%}
    {%- do types.append(entity_kit._literal(type)) -%}
{%- endfor -%}
{%- set preferred = {
    'nobody': 'theirs.durable_key',
    'first_login': 'known.first_linked_at nulls last, theirs.durable_key',
    'last_login': 'known.last_linked_at desc nulls last, theirs.durable_key',
}[spec.handover] -%}
rivals as (
    select
        known.one,
        known.other,
        mine.node_type = theirs.node_type as are_alike,
        row_number() over (
            partition by known.one, theirs.node_type
            order by {{ preferred }}
        ) as place,
        count(*) over (partition by known.one, theirs.node_type) as candidates
    from {{ pairs }} as known
    inner join identifiers as mine
        on known.one = mine.number
    inner join identifiers as theirs
        on known.other = theirs.number
    where known.one <> known.other
        and theirs.node_type in ({{ types | join(', ') }})
),

contested as (
    select one as number
    from rivals
    where are_alike{{ ' or candidates > 1' if spec.handover == 'nobody' }}
),

parted as (
    select one, other
    from rivals
    where are_alike
    union
{%- if spec.handover == 'nobody' %}
    select one, other
    from {{ pairs }}
    where one <> other
        and one in (select one from rivals where candidates > 1 and not are_alike)
{%- else %}
    select one, other
    from rivals
    where place > 1
{%- endif %}
),

kept_pairs as materialized (
    select known.*
    from {{ pairs }} as known
    left join parted
        on known.one = parted.one and known.other = parted.other
    left join parted as parted_from_there
        on known.one = parted_from_there.other and known.other = parted_from_there.one
    where parted.one is null
        and parted_from_there.one is null
)
{%- endmacro -%}
