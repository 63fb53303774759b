{#- The definition of a metric: of the model's own project, or else of any package. -#}
{%- macro _metric_found(spec, name) -%}
{%- set found = namespace(own=none, any=none, names=[]) -%}
{%- for metric in graph.metrics.values() -%}
    {%- set found.names = found.names + [metric['name']] -%}
    {%- if metric['name'] == name and metric['package_name'] == model['package_name'] -%}
        {%- set found.own = metric -%}
    {%- elif metric['name'] == name -%}
        {%- set found.any = metric -%}
    {%- endif -%}
{%- endfor -%}
{%- if found.own is none and found.any is none -%}
    {%- set closest = entity_kit._closest(name, found.names) -%}
    {{ entity_kit._fail(
        spec.name, 'metrics', 'names of metrics of the project', name,
        'Closest: ' ~ closest ~ '.' if closest is not none else 'Define it under `metrics:` in YAML.'
    ) }}
{%- endif -%}
{{ return(found.own if found.own is not none else found.any) }}
{%- endmacro -%}
