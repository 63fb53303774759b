{#- The select of the periods of the project's time spine: of the coarsest one that is fine enough. -#}
{%- macro _metric_time_spine(spec, metric_name) -%}
{%- set grains = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
{%- set found = namespace(node=none, column=none, place=-1) -%}
{%- for node in graph.nodes.values() if node['time_spine'] -%}
    {%- set column = node['time_spine']['standard_granularity_column'] -%}
    {%- set granularity = node['columns'][column]['granularity'] if column in node['columns'] else none -%}
    {%- set place = grains.index(granularity) if granularity in grains else -1 -%}
    {%- if place > found.place and place <= grains.index(spec.grain) and (granularity != 'week' or spec.grain == 'week') -%}
        {%- set found.node = node -%}
        {%- set found.column = column -%}
        {%- set found.place = place -%}
    {%- endif -%}
{%- endfor -%}
{%- if found.node is none -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'It reaches over periods, and the project has no time spine by ' ~ spec.grain ~ ' or finer.',
        'Add a model with `time_spine` in its YAML.'
    ) }}
{%- endif -%}
{%- do entity_kit._metric_known_upstream(
    spec, 'Metric ' ~ metric_name ~ ' needs the time spine', found.node['unique_id'], 'ref(\'' ~ found.node['name'] ~ '\')'
) -%}
{{ return(
    'select distinct ' ~ entity_kit._period_start(spec.grain, entity_kit._column(found.column)) ~ ' as entity_kit_shown\nfrom '
    ~ entity_kit._metric_from(entity_kit._metric_relation_of(found.node))
) }}
{%- endmacro -%}
