{#- Refuse a joined semantic model that the model doesn't depend on: no metric leads to it. -#}
{%- macro _metric_known_upstream(spec, metric_name, semantic_model) -%}
{%- set known = namespace(all=model['depends_on']['nodes']) -%}
{%- for source in spec.sources -%}
    {%- set known.all = known.all + source.semantic_model['depends_on']['nodes'] -%}
{%- endfor -%}
{%- do entity_kit._require(
    semantic_model['depends_on']['nodes'][0] in known.all, spec.name, 'upstreams',
    'a list with each model that is joined for a dimension', spec.upstreams,
    'Metric ' ~ metric_name ~ ' joins ' ~ semantic_model['name'] ~ ': add upstreams=[' ~ semantic_model['model'] ~ '].'
) -%}
{%- endmacro -%}
