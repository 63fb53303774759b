{#- The default tracked columns: all of the relation's columns that are neither `used` nor part of `deleted_when`. -#}
{%- macro _scd2_tracked(macro_name, changes, found, used, deleted_when, taken) -%}
{%- do entity_kit._require(
    changes is not string and not changes.is_cte, macro_name, 'tracked_columns',
    'set if `changes` is a CTE or an ephemeral model', none,
    'Its columns aren\'t known while dbt compiles: list those to track.'
) -%}
{%- do entity_kit._require(
    not execute or found | length > 0, macro_name, 'changes', 'a relation that exists', changes,
    'Build it first, or list `tracked_columns`.'
) -%}
{%- set not_tracked = namespace(names=entity_kit._words_in(deleted_when) if deleted_when is not none else []) -%}
{%- for column in used -%}
    {%- set not_tracked.names = not_tracked.names + [entity_kit._unquoted(column) | lower] -%}
{%- endfor -%}
{%- set tracked = namespace(all=[]) -%}
{%- for column in found if column.name | lower not in not_tracked.names -%}
    {%- do entity_kit._require(
        column.name | lower not in taken, macro_name, 'tracked_columns',
        'set if a column of `changes` has the name of one of ours', column.name,
        'Rename it in a CTE or an upstream model, or leave it out.'
    ) -%}
    {%- set tracked.all = tracked.all + [entity_kit._column(column.name)] -%}
{%- endfor -%}
{{ return(tracked.all) }}
{%- endmacro -%}
