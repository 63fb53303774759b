{#-
    The arguments with what the definitions say: `leaves`, the aggregates that all metrics come from; `sources`, what these
    read; `plans`, how each metric comes from them; `steps`, the plans of ratio and derived metrics, inputs before what is made
    of them; and `columns`, the dimensions. Every refusal is raised here.
-#}
{%- macro _metric_spec(asked) -%}
{%- set spec = dict(asked, leaves=[], sources=[], narrowed=is_incremental(), defaults=[], spine_periods=none,
    backfill=entity_kit._backfill(asked.name, asked.grain)) -%}
{%- set found = namespace(plans=[], dimensions=[], audits=[], taken=['period_start', 'period_end']) -%}
{%- for name in asked.metrics -%}
    {%- set found.plans = found.plans + [entity_kit._metric_plan(spec, name, [], [])] -%}
    {%- set found.taken = found.taken + [name] -%}
{%- endfor -%}
{%- do entity_kit._metric_one_default(spec) -%}
{%- for name in asked.dimensions -%}
    {%- do entity_kit._require(
        name not in found.taken, spec.name, 'dimensions', 'names that no other column of the table has', name,
        'Write it with its entity, as in order__' ~ name ~ '.'
    ) -%}
    {%- set found.taken = found.taken + [name] -%}
    {%- set found.dimensions = found.dimensions + [entity_kit._metric_dimension(spec, name, loop.index)] -%}
{%- endfor -%}
{%- do entity_kit._metric_known_loaded_at(spec) -%}
{%- for source in spec.sources -%}
    {%- for audit in entity_kit._metric_audits(source) -%}
        {%- set found.audits = found.audits + [audit.name] -%}
    {%- endfor -%}
    {%- for audit in entity_kit._metric_audits(source) if audit.name in found.taken -%}
        {{ entity_kit._metric_refuse(
            spec, audit.name, 'The table has a column of that name about the rows of ' ~ source.id ~ '.',
            'Rename the metric or the dimension.'
        ) }}
    {%- endfor -%}
{%- endfor -%}
{%- if spec.spine_periods is not none -%}
    {%- set found.audits = found.audits + ['time_spine_rows'] -%}
{%- endif -%}
{%- do entity_kit._require(
    found.audits | length == found.audits | unique | list | length, spec.name, 'metrics',
    'metrics whose semantic models don\'t get the same names for their audit columns', found.audits | join(', '),
    'Build two tables.'
) -%}
{%- set steps = [] -%}
{%- for plan in found.plans -%}
    {%- do entity_kit._metric_add_steps(plan, steps) -%}
{%- endfor -%}
{{ return(dict(spec, plans=found.plans, steps=steps, columns=found.dimensions)) }}
{%- endmacro -%}
