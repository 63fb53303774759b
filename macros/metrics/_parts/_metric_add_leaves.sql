{#- Add the leaves of a plan to a list, each once. -#}
{%- macro _metric_add_leaves(plan, found) -%}
{%- if plan.kind == 'simple' and plan.leaf not in found -%}
    {%- do found.append(plan.leaf) -%}
{%- endif -%}
{%- for input in plan.inputs or [] -%}
    {%- do entity_kit._metric_add_leaves(input.plan, found) -%}
{%- endfor -%}
{%- endmacro -%}
