{#-
    The join that has an element, and the element there (`own`); none if no semantic model that a source joins has it. It is found
    along the entities that the name starts with. Each join has its `relation`, its `key` in the source's rows, where that comes
    from (`left`, or the join that it goes `through`), and the `right` key, when its rows `loaded_at`, and the columns to `read`.
-#}
{%- macro _metric_join(spec, metric_name, source, links, called) -%}
{%- set paths = entity_kit._metric_paths(source.semantic_model, links, called) -%}
{%- if not paths -%}
    {{ return(none) }}
{%- elif paths | length > 1 -%}
    {%- set ways = namespace(all=[]) -%}
    {%- for path in paths -%}
        {%- set ways.all = ways.all + [path | map(attribute='semantic_model') | map(attribute='name') | join(', then ')] -%}
    {%- endfor -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, called.given ~ ' is reached by several paths: through ' ~ ways.all | join('; through ') ~ '.',
        'Keep the dimension, or the entity that leads to it, in one of them.'
    ) }}
{%- endif -%}
{%- set at = namespace(model=source.semantic_model, id=source.id, through=none) -%}
{%- for step in paths[0] -%}
    {%- set joined = step.semantic_model -%}
    {%- set validity = entity_kit._metric_validity(joined) -%}
    {%- if validity and (source.moves or links | length > 1) -%}
        {{ entity_kit._metric_refuse(
            spec, metric_name, called.given ~ ' has versions, and '
            ~ ('the metric moves rows in time.' if source.moves else 'is more than one join away.'),
            'Ask for the metrics that are offset or cumulative without it.' if source.moves
            else 'Add the column to the semantic model of ' ~ links[0] ~ '.'
        ) }}
    {%- endif -%}
    {%- for dimension in joined['dimensions'] + at.model['dimensions'] if dimension['is_partition'] -%}
        {{ entity_kit._metric_refuse(
            spec, metric_name, called.given ~ ' is joined, and ' ~ dimension['name'] ~ ' is a partition, by which MetricFlow joins, too.',
            'Leave is_partition out, or add the column to ' ~ source.semantic_model['name'] ~ '.'
        ) }}
    {%- endfor -%}
    {%- set id = at.id ~ '_' ~ joined['name'] -%}
    {%- if id not in source.joins -%}
        {%- do entity_kit._metric_known_upstream(
            spec, 'Metric ' ~ metric_name ~ ' joins ' ~ joined['name'], joined['depends_on']['nodes'][0], joined['model']
        ) -%}
        {%- set key = 'entity_kit_key_' ~ (source.joins | length + 1) -%}
        {%- set left = entity_kit._metric_property(spec, metric_name, at.model, links[loop.index0]) -%}
        {%- if at.through is not none -%}
            {%- do source.joins[at.through].read.update({key: left}) -%}
        {%- endif -%}
        {%- do source.joins.update({id: {
            'id': id,
            'name': joined['name'],
            'relation': entity_kit._metric_from(entity_kit._metric_relation(spec, metric_name, joined)),
            'key': key,
            'left': left,
            'through': at.through,
            'right': step.right,
            'loaded_at': entity_kit._metric_loaded_at(spec, joined),
            'validity': validity,
            'read': {}
        }}) -%}
    {%- endif -%}
    {%- set at.model = joined -%}
    {%- set at.id = id -%}
    {%- set at.through = id -%}
{%- endfor -%}
{{ return({'join': source.joins[at.id], 'own': paths[0][-1].own}) }}
{%- endmacro -%}
