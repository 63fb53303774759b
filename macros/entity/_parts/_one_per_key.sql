{#-
    One row per key of a dimension, as a select: the keys as `key_names`, the columns as `entity_kit_1` and so on. Of
    several rows of a key, it takes the greatest by content; of a history, only open versions, and of several, the one
    that began last.
-#}
{%- macro _one_per_key(relation, keys, key_names, columns, is_history, macro_name, argument) -%}
{%- set by_key = 'partition by ' ~ key_names | join(', ') -%}
{%- set names = namespace(columns=[]) -%}
{%- for _ in columns -%}
    {%- set names.columns = names.columns + ['entity_kit_' ~ loop.index] -%}
{%- endfor -%}
{%- set shown = (key_names + names.columns) | join(', ') -%}
with entity_kit_told as (
    select
    {%- for key in keys %}
        {{ key }} as {{ key_names[loop.index0] }},
    {%- endfor %}
    {%- for column in columns %}
        {{ column }} as entity_kit_{{ loop.index }}{{ ',' if not loop.last or is_history }}
    {%- endfor %}
    {%- if is_history %}
        valid_from as entity_kit_from
    {%- endif %}
    from {{ relation }}
{%- if is_history %}
    where is_current
{%- endif %}
),

entity_kit_counted as (
    select
        *,
        count(*) over ({{ by_key }}) as entity_kit_rows
    from entity_kit_told
),

entity_kit_placed as (
    select
        {{ shown }},
        row_number() over (
            {{ by_key }}
            order by {{ 'entity_kit_from desc nulls last, ' if is_history }}{{ entity_kit._row_order(
                'entity_kit_row', 'entity_kit_row', key_names + names.columns, macro_name, argument
            ) | indent(16) }}
        ) as entity_kit_place
    from entity_kit_counted as entity_kit_row
    where entity_kit_rows > 1
)

select {{ shown }}
from entity_kit_counted
where entity_kit_rows = 1
union all
select {{ shown }}
from entity_kit_placed
where entity_kit_place = 1
{%- endmacro -%}
