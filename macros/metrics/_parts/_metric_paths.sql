{#-
    The ways from a semantic model along entities (`links`) to an element, each as a list of the semantic models that are joined,
    with their key (`right`). An entity must identify the rows of the model that it leads to.
-#}
{%- macro _metric_paths(from_model, links, called) -%}
{%- set found = namespace(all=[], starts=false) -%}
{%- for entity in from_model['entities'] if links and entity['name'] == links[0] -%}
    {%- set found.starts = true -%}
{%- endfor -%}
{%- for each in (graph.semantic_models.values() if found.starts else []) if each['unique_id'] != from_model['unique_id'] -%}
    {%- set is_last = links | length == 1 -%}
    {%- set own = entity_kit._metric_own(
        each, links[:1], called.element if is_last else links[1], called.kind if is_last else 'Entity'
    ) -%}
    {%- for entity in each['entities'] if own is not none and entity['name'] == links[0] -%}
        {%- set step = {'semantic_model': each, 'right': entity['expr'] or entity_kit._column(entity['name']), 'own': own} -%}
        {%- for rest in ([[]] if is_last else entity_kit._metric_paths(each, links[1:], called)) -%}
            {%- set found.all = found.all + [[step] + rest] -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
