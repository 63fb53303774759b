{#- A measure with its semantic model, which is the only one of its project with a measure of that name. -#}
{%- macro _metric_measure(spec, metric_name, measure_name) -%}
{%- set found = namespace(all=[]) -%}
{%- for each in graph.semantic_models.values() -%}
    {%- for measure in each['measures'] if measure['name'] == measure_name -%}
        {%- set found.all = found.all + [{'measure': measure, 'semantic_model': each}] -%}
    {%- endfor -%}
{%- endfor -%}
{%- if found.all | length != 1 -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'Its measure ' ~ measure_name ~ ' is in ' ~ found.all | length ~ ' semantic models.',
        'Define the measure in one semantic model.'
    ) }}
{%- endif -%}
{{ return(found.all | first) }}
{%- endmacro -%}
