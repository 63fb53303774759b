{#- Refuse a model that is read, but that no metric leads to, unless `upstreams` names it. `why` says what needs it. -#}
{%- macro _metric_known_upstream(spec, why, node_id, reference) -%}
{%- set known = namespace(all=model['depends_on']['nodes']) -%}
{%- for source in spec.sources -%}
    {%- set known.all = known.all + source.semantic_model['depends_on']['nodes'] -%}
{%- endfor -%}
{%- do entity_kit._require(
    node_id in known.all, spec.name, 'upstreams', 'a list with each model that is read and that no metric leads to',
    spec.upstreams, why ~ ': add ' ~ reference ~ '.'
) -%}
{%- endmacro -%}
