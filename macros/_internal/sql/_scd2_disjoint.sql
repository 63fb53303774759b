{#-
    A history's versions as a select in which no two versions of an entity overlap: the keys as `key_names`, the
    columns as `entity_kit_1` and so on, `entity_kit_from`, and `entity_kit_to`. If versions overlap, the entity's time
    is cut at each start and end. Each piece goes to the version that began last among those that contain it; among
    those, to the one that ends last, and then by content. All other entities keep their versions. `begins` and `ends`
    are expressions over the history's columns, `counts` is a condition on them.
-#}
{%- macro _scd2_disjoint(relation, keys, key_names, columns, begins, ends, counts, macro_name, argument) -%}
{%- set by_key = 'partition by ' ~ key_names | join(', ') -%}
{%- set names = namespace(columns=[]) -%}
{%- for _ in columns -%}
    {%- set names.columns = names.columns + ['entity_kit_' ~ loop.index] -%}
{%- endfor -%}
{%- set shown = key_names + names.columns -%}
with entity_kit_told as (
    select
    {%- for key in keys %}
        {{ key }} as {{ key_names[loop.index0] }},
    {%- endfor %}
    {%- for column in columns %}
        {{ column }} as entity_kit_{{ loop.index }},
    {%- endfor %}
        {{ begins }} as entity_kit_from,
        {{ ends }} as entity_kit_to
    from {{ relation }}
{%- if counts is not none %}
    where {{ counts }}
{%- endif %}
),

entity_kit_followed as (
    select
        *,
        lead(entity_kit_from) over ({{ by_key }} order by entity_kit_from) as entity_kit_next
    from entity_kit_told
    where entity_kit_from is not null
        and (entity_kit_to is null or entity_kit_to > entity_kit_from)
),

entity_kit_checked as (
    select
        *,
        max(
            case when entity_kit_next < entity_kit_to or (entity_kit_to is null and entity_kit_next is not null) then 1 else 0 end
        ) over ({{ by_key }}) as entity_kit_overlaps
    from entity_kit_followed
),

entity_kit_bounds as (
    select {{ key_names | join(', ') }}, entity_kit_from as entity_kit_begins
    from entity_kit_checked
    where entity_kit_overlaps = 1
    union all
    select {{ key_names | join(', ') }}, entity_kit_to as entity_kit_begins
    from entity_kit_checked
    where entity_kit_overlaps = 1
        and entity_kit_to is not null
),

entity_kit_pieces as (
    select
        {{ key_names | join(', ') }},
        entity_kit_begins,
        lead(entity_kit_begins) over ({{ by_key }} order by entity_kit_begins) as entity_kit_ends
    from (
        select distinct {{ key_names | join(', ') }}, entity_kit_begins
        from entity_kit_bounds
    ) as entity_kit_cuts
),

entity_kit_given as (
    select
        {{ entity_kit._prefixed('entity_kit_candidate', shown) | join(',\n        ') }},
        entity_kit_piece.entity_kit_begins as entity_kit_from,
        entity_kit_piece.entity_kit_ends as entity_kit_to,
        row_number() over (
            partition by {{ entity_kit._prefixed('entity_kit_piece', key_names) | join(', ') }}, entity_kit_piece.entity_kit_begins
            order by entity_kit_candidate.entity_kit_from desc, entity_kit_candidate.entity_kit_to desc nulls first,
                {{ entity_kit._row_order(
                    'entity_kit_candidate', 'entity_kit_candidate', shown, macro_name, argument
                ) | indent(16) }}
        ) as entity_kit_place
    from entity_kit_pieces as entity_kit_piece
    inner join (
        select {{ (shown + ['entity_kit_from', 'entity_kit_to']) | join(', ') }}
        from entity_kit_checked
        where entity_kit_overlaps = 1
    ) as entity_kit_candidate
        on {{ entity_kit._same_key('entity_kit_piece', 'entity_kit_candidate', key_names) | indent(8) }}
        and entity_kit_candidate.entity_kit_from <= entity_kit_piece.entity_kit_begins
        and {{ entity_kit._ends_after('entity_kit_candidate.entity_kit_to', 'entity_kit_piece.entity_kit_begins') }}
)

select {{ (shown + ['entity_kit_from', 'entity_kit_to']) | join(', ') }}
from entity_kit_checked
where entity_kit_overlaps = 0
union all
select {{ (shown + ['entity_kit_from', 'entity_kit_to']) | join(', ') }}
from entity_kit_given
where entity_kit_place = 1
{%- endmacro -%}
