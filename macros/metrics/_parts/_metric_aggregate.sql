{#-
    The aggregate of a measure as SQL over `{}`, the value of the rows that count. It is NULL where none does; so are the
    counts, by `_metric_measures`.
-#}
{%- macro _metric_aggregate(spec, metric_name, measure) -%}
{%- set kind = measure['agg'] -%}
{%- set settings = measure['agg_params'] if measure['agg_params'] else {} -%}
{%- if settings['use_approximate_percentile'] -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'An approximate percentile differs from run to run, so the table couldn\'t equal its full refresh.',
        'Set use_approximate_percentile to false.'
    ) }}
{%- endif -%}
{%- if kind in ['sum', 'min', 'max'] -%}
    {{ return(kind ~ '({})') }}
{%- elif kind == 'average' -%}
    {{ return('avg({})') }}
{%- elif kind == 'count' -%}
    {{ return('count({})') }}
{%- elif kind == 'count_distinct' -%}
    {{ return('count(distinct {})') }}
{%- elif kind == 'sum_boolean' -%}
    {{ return('count(case when {} then 1 end)') }}
{%- elif kind == 'median' -%}
    {{ return(entity_kit._metric_percentile(spec, metric_name, 0.5, false)) }}
{%- elif kind == 'percentile' -%}
    {{ return(entity_kit._metric_percentile(
        spec, metric_name, settings['percentile'], settings['use_discrete_percentile']
    )) }}
{%- endif -%}
{{ entity_kit._metric_refuse(
    spec, metric_name, 'Its measure aggregates by ' ~ kind ~ ', which metric_table doesn\'t know.',
    'Use sum, sum_boolean, min, max, average, median, percentile, count, or count_distinct.'
) }}
{%- endmacro -%}
