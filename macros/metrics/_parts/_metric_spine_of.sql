{#-
    Have the table read the time spine for a metric with `join_to_timespine`. A filter that stands on a metric above it would
    have to judge the rows that the spine adds; a longer period than the time's would have to take them among others.
-#}
{%- macro _metric_spine_of(spec, metric_name, source, inherited) -%}
{%- if inherited -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'It has join_to_timespine, and a metric above it filters it by ' ~ inherited | join(' and ')
        ~ ', of which the periods without rows know nothing.', 'Put the filter on the simple metric itself.'
    ) }}
{%- elif source.is_coarse -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'It is cumulative with join_to_timespine, and its value is known at each ' ~ source.granularity ~ '.',
        'Ask for grain=\'' ~ source.granularity ~ '\', or leave join_to_timespine out.'
    ) }}
{%- endif -%}
{%- do spec.update({'spine_periods': entity_kit._metric_time_spine(spec, metric_name, spec.grain)}) -%}
{%- endmacro -%}
