{#- Add a plan and those of its inputs to a list, unless they are in it. -#}
{%- macro _metric_add_steps(plan, found) -%}
{%- if plan.kind != 'simple' and plan not in found -%}
    {%- for input in plan.inputs -%}
        {%- do entity_kit._metric_add_steps(input.plan, found) -%}
    {%- endfor -%}
    {%- do found.append(plan) -%}
{%- endif -%}
{%- endmacro -%}
