{#- An input of a ratio or derived metric: its plan and the name that the expression has for it. -#}
{%- macro _metric_input(spec, metric_name, input, conditions, path, alias) -%}
{%- if input['offset_window'] or input['offset_to_grain'] -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'Its input ' ~ input['name'] ~ ' is offset in time, which metric_table doesn\'t compute yet.',
        'Ask for ' ~ input['name'] ~ ' and compare its rows in a model on top.'
    ) }}
{%- endif -%}
{{ return({
    'alias': alias,
    'plan': entity_kit._metric_plan(
        spec, input['name'], conditions + entity_kit._metric_conditions(input['filter']), path
    )
}) }}
{%- endmacro -%}
