{#-
    The select of the periods of the project's time spine `by` a grain: of the coarsest one that is fine enough. Where the
    table's grain is longer, with the table's period, and how many of them it has.
-#}
{%- macro _metric_time_spine(spec, metric_name, by) -%}
{%- set grains = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
{%- set found = namespace(node=none, column=none, place=-1, others=[]) -%}
{%- for node in graph.nodes.values() if node['time_spine'] -%}
    {%- set column = node['time_spine']['standard_granularity_column'] -%}
    {%- set granularity = node['columns'][column]['granularity'] if column in node['columns'] else none -%}
    {%- set place = grains.index(granularity) if granularity in grains else -1 -%}
    {%- if place > found.place and place <= grains.index(by) and (granularity != 'week' or by == 'week') -%}
        {%- set found.node = node -%}
        {%- set found.column = column -%}
        {%- set found.place = place -%}
    {%- else -%}
        {%- set found.others = found.others + [node['name'] ~ ' by ' ~ granularity] -%}
    {%- endif -%}
{%- endfor -%}
{%- if found.node is none -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'It needs the periods of a time spine by ' ~ by ~ ' or finer, and the project has '
        ~ (found.others | join(' and ') if found.others else 'none') ~ '.',
        'Add a model with `time_spine` in its YAML, whose column has granularity: ' ~ by ~ '.'
    ) }}
{%- endif -%}
{%- do entity_kit._metric_known_upstream(
    spec, 'Metric ' ~ metric_name ~ ' needs the time spine', found.node['unique_id'], 'ref(\'' ~ found.node['name'] ~ '\')'
) -%}
{%- set points -%}
select distinct {{ entity_kit._period_start(by, entity_kit._column(found.column)) }} as entity_kit_shown
from {{ entity_kit._metric_from(entity_kit._metric_relation_of(found.node)) }}
{%- endset -%}
{%- if by == spec.grain -%}
    {{ return(points) }}
{%- endif -%}
{%- set period = entity_kit._period_of(spec.grain, 'entity_kit_shown', spec.zone) if by == 'hour'
    else entity_kit._period_start(spec.grain, 'entity_kit_shown') -%}
select
    entity_kit_shown,
    {{ period }} as entity_kit_period,
    count(*) over (partition by {{ period }}) as entity_kit_spine_rows
from (
    {{ points | indent(4) }}
) as entity_kit_points
{%- endmacro -%}
