{#-
    The aggregate of a simple metric over the measure it uses, as the position of its `leaf` among all, equal ones once, and its `fill`. A leaf has
    its `source`, the `value` and the `condition` of each row, and the `aggregate` of these, or of those whose `rank` is 1. The
    `inherited` among its conditions are filters of other metrics.
-#}
{%- macro _metric_leaf(spec, name, used, conditions, inherited, shift) -%}
{%- if not used -%}
    {{ entity_kit._metric_refuse(
        spec, name, 'It has no measure: metrics that aggregate a column themselves aren\'t read yet.',
        'Define a measure in the semantic model, and the metric over it.'
    ) }}
{%- endif -%}
{%- set home = entity_kit._metric_measure(spec, name, used['name']) -%}
{%- set measure = home.measure -%}
{%- set shared = entity_kit._metric_source(spec, name, home.semantic_model, measure, shift) -%}
{%- set source = dict(shared, is_spined=used['join_to_timespine']) -%}
{%- if source.is_spined -%}
    {%- do entity_kit._metric_spine_of(spec, name, source, inherited) -%}
{%- endif -%}
{%- set balance = entity_kit._metric_balance(spec, name, source, measure, shift) -%}
{%- set checks = namespace(all=balance.known if balance else []) -%}
{%- for text in conditions + entity_kit._metric_conditions(used['filter']) -%}
    {%- set condition = entity_kit._metric_filter(spec, name, source, text) -%}
    {%- if condition not in checks.all -%}
        {%- set checks.all = checks.all + [condition] -%}
    {%- endif -%}
{%- endfor -%}
{%- set number = entity_kit._metric_add_leaf(spec, {
    'source': source.id,
    'value': measure['expr'] if measure['expr'] is not none else entity_kit._column(measure['name']),
    'condition': checks.all | join('\nand '),
    'aggregate': entity_kit._metric_aggregate(spec, name, measure),
    'rank': balance.rank if balance else none,
    'is_spined': source.is_spined,
    'point_agg': shift.point_agg if source.is_coarse else none,
    'point_fill': used['fill_nulls_with'] if source.is_coarse else none
}) -%}
{{ return({'leaf': number, 'fill': none if source.is_coarse else used['fill_nulls_with']}) }}
{%- endmacro -%}
