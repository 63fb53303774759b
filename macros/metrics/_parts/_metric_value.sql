{#- A plan's value as SQL over the combined leaves and the steps before. A simple metric's missing value is filled. -#}
{%- macro _metric_value(spec, plan) -%}
{%- if plan.kind != 'simple' -%}
{{ return('entity_kit_step_' ~ (spec.steps.index(plan) + 1) ~ '_value') }}
{%- endif -%}
{%- set value = 'entity_kit_value_' ~ plan.leaf -%}
{{ return(value if plan.fill is none else 'coalesce(' ~ value ~ ', ' ~ plan.fill ~ ')') }}
{%- endmacro -%}
