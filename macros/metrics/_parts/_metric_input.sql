{#- An input of a ratio or derived metric: its plan and the name that the expression has for it. -#}
{%- macro _metric_input(spec, metric_name, input, conditions, path, alias, shift) -%}
{%- set window = input['offset_window'] -%}
{%- set own = {
    'kind': 'offset', 'count': window['count'], 'unit': entity_kit._metric_unit(window['granularity'])
} if window else {
    'kind': 'offset_to', 'count': none, 'unit': input['offset_to_grain']
} if input['offset_to_grain'] else none -%}
{%- if own is not none and shift is not none -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'Its input ' ~ input['name'] ~ ' is offset in time twice, which metric_table doesn\'t compute yet.',
        'Offset it once.'
    ) }}
{%- endif -%}
{{ return({
    'alias': alias,
    'plan': entity_kit._metric_plan(
        spec, input['name'], conditions + entity_kit._metric_conditions(input['filter']), path, shift or own
    )
}) }}
{%- endmacro -%}
