{#-
    The CTEs of each identifier with what it is connected with and with its person. What would be too many members, or two of
    a `one_to_one` type, is nobody's: each of them is a person of its own.
-#}
{%- macro _identity_judged(spec) -%}
{%- set has_persons = spec.shared or spec.one_to_one -%}
{%- set persons = 'persons' if has_persons else 'components' -%}
{%- set is_split = (['together > ' ~ spec.max_members] if spec.max_members is not none else []) -%}
{%- set counts = [] -%}
{%- for type in spec.one_to_one -%}
    {%- do is_split.append('ones_' ~ loop.index ~ ' > 1') -%}
    {%- do counts.append(
        'sum(case when identifiers.node_type = ' ~ entity_kit._literal(type) ~ ' then 1 else 0 end)\n    over (partition by '
        ~ persons ~ '.label) as ones_' ~ loop.index
    ) -%}
{%- endfor -%}
grouped as (
    select
        identifiers.*,
        components.label as component,
        {{ persons }}.label as person,
        components.is_complete{{ ' and persons.is_complete as is_complete' if has_persons }},
    {%- for count in counts %}
        {{ count | indent(8) }},
    {%- endfor %}
        count(*) over (partition by {{ persons }}.label) as together
    from identifiers
    inner join components
        on identifiers.number = components.number
    {%- if has_persons %}
    inner join persons
        on identifiers.number = persons.number
    {%- endif %}
),

judged as (
    select
        node_type, node, durable_key, first_linked_at, last_linked_at, loaded_at, counts, component,
        {{ 'case when ' ~ is_split | join(' or ') ~ ' then number else person end as person' if is_split else 'person' }},
        {{ entity_kit._identity_reason(spec) | indent(8) }}
    from grouped
)
{%- endmacro -%}
