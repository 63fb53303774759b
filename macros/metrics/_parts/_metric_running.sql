{#-
    How far back a cumulative metric reaches, as a shift (see `_metric_spine`): a window, the start of a longer period, or
    all time. Its `point_agg` says which value a longer period takes.
-#}
{%- macro _metric_running(spec, metric, shift) -%}
{%- set params = metric['type_params'] -%}
{%- set cumulative = params['cumulative_type_params'] or {} -%}
{%- set window = cumulative.get('window') or params['window'] -%}
{%- set to_date = cumulative.get('grain_to_date') or params['grain_to_date'] -%}
{%- if shift is not none -%}
    {{ entity_kit._metric_refuse(
        spec, metric['name'], 'It is cumulative, and another metric offsets it in time, which metric_table doesn\'t compute yet.',
        'Ask for both and compare their rows in a model on top.'
    ) }}
{%- endif -%}
{%- set reach = {'kind': 'running', 'count': none, 'unit': none} -%}
{%- if window -%}
    {%- set reach = {'kind': 'window', 'count': window['count'], 'unit': entity_kit._metric_unit(window['granularity'])} -%}
{%- elif to_date -%}
    {%- set reach = {'kind': 'to_date', 'count': none, 'unit': to_date} -%}
{%- endif -%}
{{ return(dict(reach, point_agg=(cumulative.get('period_agg') or 'first') | string)) }}
{%- endmacro -%}
