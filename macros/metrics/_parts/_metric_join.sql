{#-
    The semantic model that a source joins for an element, and the element there (`own`); none if there is no such model.
    It is found by the entity that the name starts with, which must identify its rows. The join has its `relation`, the
    `left` and the `right` key, when its rows `loaded_at`, and the columns to `read`.
-#}
{%- macro _metric_join(spec, metric_name, source, links, called) -%}
{%- if links | length > 1 -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, called.given ~ ' is more than one join away, which metric_table doesn\'t compute yet.',
        'Add the column to the semantic model of ' ~ links[0] ~ '.'
    ) }}
{%- endif -%}
{%- set found = namespace(left=none, all=[], right=none) -%}
{%- for entity in source.semantic_model['entities'] if links and entity['name'] == links[0] -%}
    {%- set found.left = entity['expr'] or entity_kit._column(entity['name']) -%}
{%- endfor -%}
{%- for each in (graph.semantic_models.values() if found.left is not none else []) -%}
    {%- set own = entity_kit._metric_own(each, links, called.element, called.kind) -%}
    {%- if own is not none and each['unique_id'] != source.semantic_model['unique_id'] -%}
        {%- for entity in each['entities'] if entity['name'] == links[0] -%}
            {%- set found.right = entity['expr'] or entity_kit._column(entity['name']) -%}
            {%- set found.all = found.all + [{'semantic_model': each, 'own': own}] -%}
        {%- endfor -%}
    {%- endif -%}
{%- endfor -%}
{%- if found.all | length > 1 -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, called.given ~ ' is in several semantic models: '
        ~ found.all | map(attribute='semantic_model') | map(attribute='name') | join(', ') ~ '.',
        'Keep the dimension in one of them.'
    ) }}
{%- elif not found.all -%}
    {{ return(none) }}
{%- endif -%}
{%- set joined = found.all[0].semantic_model -%}
{%- if source.spine is not none and entity_kit._metric_validity(joined) -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, called.given ~ ' has versions, and the metric moves rows in time.',
        'Ask for the metrics that are offset or cumulative without it.'
    ) }}
{%- endif -%}
{%- for dimension in joined['dimensions'] + source.semantic_model['dimensions'] if dimension['is_partition'] -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, called.given ~ ' is joined, and ' ~ dimension['name'] ~ ' is a partition, by which MetricFlow joins, too.',
        'Leave is_partition out, or add the column to ' ~ source.semantic_model['name'] ~ '.'
    ) }}
{%- endfor -%}
{%- set id = source.id ~ '_' ~ joined['name'] -%}
{%- if id not in source.joins -%}
    {%- do entity_kit._metric_known_upstream(
        spec, 'Metric ' ~ metric_name ~ ' joins ' ~ joined['name'], joined['depends_on']['nodes'][0], joined['model']
    ) -%}
    {%- do source.joins.update({id: {
        'id': id,
        'relation': entity_kit._metric_from(entity_kit._metric_relation(spec, metric_name, joined)),
        'left': found.left,
        'right': found.right,
        'loaded_at': entity_kit._metric_loaded_at(spec, joined),
        'validity': entity_kit._metric_validity(joined),
        'read': {}
    }}) -%}
{%- endif -%}
{{ return({'join': source.joins[id], 'own': found.all[0].own}) }}
{%- endmacro -%}
