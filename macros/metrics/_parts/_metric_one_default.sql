{#-
    Refuse `metric_time` without a grain in a filter where it isn't clear by which grain it is meant: MetricFlow takes the
    finest that all of a query's measures have.
-#}
{%- macro _metric_one_default(spec) -%}
{%- for used in spec.defaults -%}
    {%- for name in spec.metrics + [used.metric] if entity_kit._metric_found(spec, name)['time_granularity'] -%}
        {{ entity_kit._metric_refuse(
            spec, used.metric, 'Its filter names metric_time without a grain, and ' ~ name ~ ' has a time_granularity.',
            'Write TimeDimension(\'metric_time\', \'' ~ used.granularity ~ '\').'
        ) }}
    {%- endfor -%}
    {%- for source in spec.sources if source.granularity != used.granularity -%}
        {{ entity_kit._metric_refuse(
            spec, used.metric,
            'Its filter names metric_time without a grain, and the times of the metrics differ in theirs.',
            'Write TimeDimension(\'metric_time\', \'' ~ used.granularity ~ '\').'
        ) }}
    {%- endfor -%}
{%- endfor -%}
{%- endmacro -%}
