{#-
    The plan of a conversion metric: conversions, or their share of the base events. Its filters are about the base events, as
    MetricFlow has it; a filter of the conversion measure says which rows are conversions.
-#}
{%- macro _metric_conversion(spec, metric, conditions, shift) -%}
{%- set name = metric['name'] -%}
{%- set params = metric['type_params']['conversion_type_params'] -%}
{%- set base, converted = params['base_measure'], params['conversion_measure'] -%}
{%- if shift is not none -%}
    {{ entity_kit._metric_refuse(
        spec, name, 'It is a conversion metric, and another metric offsets it in time, which metric_table doesn\'t compute yet.',
        'Ask for both and compare their rows in a model on top.'
    ) }}
{%- elif not base or not converted -%}
    {{ entity_kit._metric_refuse(
        spec, name, 'It names its base and conversion by metrics, which aren\'t read yet.', 'Give it base_measure and conversion_measure.'
    ) }}
{%- elif base['join_to_timespine'] or converted['join_to_timespine'] -%}
    {{ entity_kit._metric_refuse(
        spec, name, 'It is a conversion metric with join_to_timespine, which metric_table doesn\'t compute yet.',
        'Leave join_to_timespine out.'
    ) }}
{%- endif -%}
{%- set leaf = entity_kit._metric_leaf(spec, name, base, conditions, [], none) -%}
{%- set number = entity_kit._metric_converted_leaf(spec, name, params, conditions) -%}
{%- set inputs = [
    {'alias': 'numerator', 'plan': {'kind': 'simple', 'name': name, 'leaf': number, 'fill': converted['fill_nulls_with']}},
    {'alias': 'denominator', 'plan': dict(leaf, kind='simple', name=name)}
] -%}
{{ return({
    'kind': 'conversion', 'name': name, 'inputs': inputs,
    'expr': 'numerator' if params['calculation'] == 'conversions' else entity_kit._metric_ratio()
}) }}
{%- endmacro -%}
