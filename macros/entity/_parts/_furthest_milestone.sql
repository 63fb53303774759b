{#- The name of the last milestone, in the order of the list, that a process has reached. -#}
{%- macro _furthest_milestone(milestones) -%}
{%- set lines = namespace(all=['case']) -%}
{%- for milestone in milestones | reverse -%}
    {%- set lines.all = lines.all + ['    when ' ~ milestone['column'] ~ ' is not null then '
        ~ entity_kit._literal(entity_kit._unquoted(milestone['name']))] -%}
{%- endfor -%}
{{ return((lines.all + ['end as furthest_milestone']) | join('\n')) }}
{%- endmacro -%}
