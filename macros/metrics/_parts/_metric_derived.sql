{#-
    The CTEs of the ratio and derived metrics, one for each, inputs before what is made of them. Each adds its value, which
    is NULL where no row counts in any of its inputs, to all columns so far. Its inputs have their aliases only inside it.
-#}
{%- macro _metric_derived(spec) -%}
{%- set found = namespace(ctes=[], from='entity_kit_combined') -%}
{%- for plan in spec.steps -%}
    {%- set inputs = namespace(all=[]) -%}
    {%- for input in plan.inputs -%}
        {%- set inputs.all = inputs.all + [
            entity_kit._metric_value(spec, input.plan) ~ ' as ' ~ entity_kit._column(input.alias)
        ] -%}
    {%- endfor -%}
    {%- set step = 'entity_kit_step_' ~ loop.index -%}
    {%- set carried = entity_kit._metric_carried(spec, loop.index0) -%}
    {%- set cte -%}
{{ step }} as (
    select
        {{ (carried + [
            'case when ' ~ entity_kit._metric_has_rows(plan) ~ ' then ' ~ plan.expr ~ ' end as ' ~ step ~ '_value'
        ]) | join(',\n') | indent(8) }}
    from (
        select
            {{ (carried + inputs.all) | join(',\n') | indent(12) }}
        from {{ found.from }}
    ) as inputs
)
    {%- endset -%}
    {%- set found.ctes = found.ctes + [cte] -%}
    {%- set found.from = step -%}
{%- endfor -%}
{{ return(found.ctes) }}
{%- endmacro -%}
