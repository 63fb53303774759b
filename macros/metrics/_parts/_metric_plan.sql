{#-
    How a metric comes from leaves, as a tree: `kind`, and for each kind its `leaf`, or its `inputs` with their aliases.
    `conditions` are the filters that the metrics above it add to its own; `path` names those metrics, and
    `shift` is how they move it in time (see `_metric_spine`).
-#}
{%- macro _metric_plan(spec, name, conditions, path, shift=none) -%}
{%- set metric = entity_kit._metric_found(spec, name) -%}
{%- do entity_kit._require(
    name not in path, spec.name, 'metrics', 'metrics that don\'t depend on themselves', (path + [name]) | join(' → '),
    'Break the cycle in their definitions.'
) -%}
{%- set kind = metric['type'] -%}
{%- set params = metric['type_params'] -%}
{%- set filters = conditions + entity_kit._metric_conditions(metric['filter']) -%}
{%- set here = path + [name] -%}
{%- if kind == 'simple' -%}
    {{ return(dict(entity_kit._metric_leaf(spec, name, params['measure'], filters, conditions, shift), kind=kind, name=name)) }}
{%- elif kind == 'cumulative' -%}
    {%- set running = entity_kit._metric_running(spec, metric, shift) -%}
    {{ return(dict(entity_kit._metric_leaf(spec, name, params['measure'], filters, filters, running), kind='simple', name=name)) }}
{%- elif kind == 'conversion' -%}
    {{ return(entity_kit._metric_conversion(spec, metric, filters, shift)) }}
{%- elif kind == 'ratio' -%}
    {%- set inputs = namespace(all=[]) -%}
    {%- for part in ['numerator', 'denominator'] -%}
        {%- set inputs.all = inputs.all + [entity_kit._metric_input(spec, name, params[part], filters, here, part, shift)] -%}
    {%- endfor -%}
    {{ return({'kind': kind, 'name': name, 'inputs': inputs.all, 'expr': entity_kit._metric_ratio()}) }}
{%- elif kind == 'derived' -%}
    {%- set inputs = namespace(all=[]) -%}
    {%- for input in params['metrics'] -%}
        {%- set alias = input['alias'] if input['alias'] else input['name'] -%}
        {%- set inputs.all = inputs.all + [entity_kit._metric_input(spec, name, input, filters, here, alias, shift)] -%}
    {%- endfor -%}
    {{ return({'kind': kind, 'name': name, 'inputs': inputs.all, 'expr': params['expr']}) }}
{%- endif -%}
{{ entity_kit._metric_refuse(
    spec, name, 'It is a ' ~ kind ~ ' metric, which metric_table doesn\'t compute yet.',
    'Ask MetricFlow for it, or list simple, ratio, derived, cumulative, and conversion metrics.'
) }}
{%- endmacro -%}
