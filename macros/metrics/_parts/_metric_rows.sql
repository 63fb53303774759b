{#-
    The CTE of the rows of the table: all combinations in which a row counts for any metric, with the audit columns of
    their period.
-#}
{%- macro _metric_rows(spec) -%}
{%- set steps = spec.steps | length -%}
{%- set from = 'entity_kit_step_' ~ steps if steps else 'entity_kit_combined' -%}
{%- set period = 'built.entity_kit_period' -%}
{%- set columns = namespace(all=[period ~ ' as period_start', entity_kit._plus_periods(spec.grain, 1, period) ~ ' as period_end']) -%}
{%- for dimension in spec.columns -%}
    {%- set columns.all = columns.all + ['built.' ~ dimension.carried ~ ' as ' ~ dimension.name] -%}
{%- endfor -%}
{%- for plan in spec.plans -%}
    {%- set columns.all = columns.all + [entity_kit._metric_value(spec, plan) ~ ' as ' ~ entity_kit._column(plan.name)] -%}
{%- endfor -%}
{%- for source in spec.sources -%}
    {%- for audit in entity_kit._metric_audits(source) -%}
        {%- set column = source.id ~ '_periods.' ~ audit.name -%}
        {%- set columns.all = columns.all + [
            'coalesce(' ~ column ~ ', 0) as ' ~ audit.name if audit.counts else column
        ] -%}
    {%- endfor -%}
{%- endfor -%}
{%- if spec.spine_periods is not none -%}
    {%- set columns.all = columns.all + [
        'case when entity_kit_spine_periods.entity_kit_period is null then 0 else 1 end as time_spine_rows'
    ] -%}
{%- endif -%}
{%- set counts = namespace(all=[]) -%}
{%- for plan in spec.plans -%}
    {%- set counts.all = counts.all + [entity_kit._metric_has_rows(plan)] -%}
{%- endfor -%}
entity_kit_built as (
    select
        {{ columns.all | join(',\n') | indent(8) }}
    from {{ from }} as built
    {%- for source in spec.sources %}
    left join {{ source.id }}_periods on {{ source.id }}_periods.entity_kit_period = {{ period }}
    {%- endfor %}
    {%- if spec.spine_periods is not none %}
    left join entity_kit_spine_periods on entity_kit_spine_periods.entity_kit_period = {{ period }}
    {%- endif %}
    where {{ counts.all | unique | join('\nor ') | indent(8) }}
)
{%- endmacro -%}
