{#- A semantic model's own entity or dimension by its bare name, as SQL; a time is cut to its granularity. -#}
{%- macro _metric_property(spec, metric_name, semantic_model, name) -%}
{%- for element in semantic_model['entities'] + semantic_model['dimensions'] if element['name'] == name -%}
    {%- set expr = element['expr'] or entity_kit._column(name) -%}
    {%- set cut = (element.get('type_params') or {}).get('time_granularity') -%}
    {{ return(expr if not cut else entity_kit._one_line(dbt.date_trunc(cut, expr) | trim)) }}
{%- endfor -%}
{{ entity_kit._metric_refuse(
    spec, metric_name, semantic_model['name'] ~ ' has no entity or dimension ' ~ name ~ ', by which events and conversions are paired.',
    'Add it to both semantic models.'
) }}
{%- endmacro -%}
