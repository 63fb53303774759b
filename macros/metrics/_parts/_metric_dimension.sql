{#-
    A dimension of the table: its `name` there, its `column` in each source's rows, and the name under which it is `carried`
    from there, which no alias of an input can have. It must be the same for all metrics. A bare name is looked up among
    each source's own dimensions and entities.
-#}
{%- macro _metric_dimension(spec, name, number) -%}
{%- set parsed = entity_kit._metric_name(name) -%}
{%- set found = namespace(read={}, first=none) -%}
{%- do entity_kit._require(
    parsed.element != 'metric_time', spec.name, 'dimensions', 'dimensions other than the time of the metrics', name,
    'The table has it as period_start, by `grain`.'
) -%}
{%- for source in spec.sources -%}
    {%- set metric_name = source.metric -%}
    {%- set own_names = entity_kit._metric_names_of(source.semantic_model) -%}
    {%- set meant = namespace(name=name) -%}
    {%- for candidate in own_names if parsed.links | length == 0 and name not in own_names -%}
        {%- if entity_kit._metric_name(candidate).element == parsed.element -%}
            {%- set meant.name = candidate ~ ('__' ~ parsed.suffix if parsed.suffix else '') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set called = dict(
        entity_kit._metric_name(meant.name), kind='Dimension', given=name, part=none, asked=none, path=[]
    ) -%}
    {%- set column = entity_kit._metric_element(spec, metric_name, source, called) -%}
    {%- if found.first is not none and column != found.first -%}
        {{ entity_kit._metric_refuse(
            spec, metric_name, 'It has ' ~ name ~ ' as ' ~ column ~ ', and other metrics as ' ~ found.first ~ '.',
            'Build one table for each, or join both semantic models to an entity that has it.'
        ) }}
    {%- endif -%}
    {%- set found.first = column -%}
{%- endfor -%}
{{ return({'name': entity_kit._column(name), 'column': found.first, 'carried': 'entity_kit_dimension_' ~ number}) }}
{%- endmacro -%}
