{#- The relation that a semantic model is about. The model depends on it through its metrics. -#}
{%- macro _metric_relation(spec, metric_name, semantic_model) -%}
{%- set ids = semantic_model['depends_on']['nodes'] -%}
{%- set node = graph.nodes[ids[0]] if ids and ids[0] in graph.nodes else none -%}
{%- if node is none or node['config']['materialized'] == 'ephemeral' -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'Its semantic model ' ~ semantic_model['name'] ~ ' has no table: '
        ~ semantic_model['model'] ~ ' is ephemeral or disabled.', 'Materialize the model as a view or table.'
    ) }}
{%- endif -%}
{{ return(entity_kit._metric_relation_of(node)) }}
{%- endmacro -%}
