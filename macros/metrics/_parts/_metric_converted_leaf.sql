{#-
    The leaf of the conversions of a metric: of each conversion the value, in the period and with the dimensions of the latest base
    event before it that passes the filters. Which events these are for a conversion can change where any of them changes, so a
    period is made of all base events of the conversions that have one in it (see the decision on metric tables).
-#}
{%- macro _metric_converted_leaf(spec, name, params, conditions) -%}
{%- set base = entity_kit._metric_measure(spec, name, params['base_measure']['name']) -%}
{%- set converted = entity_kit._metric_measure(spec, name, params['conversion_measure']['name']) -%}
{%- if converted.measure['non_additive_dimension'] -%}
    {{ entity_kit._metric_refuse(
        spec, name, 'Its conversion measure ' ~ converted.measure['name'] ~ ' is non-additive.', 'Use a measure that adds up.'
    ) }}
{%- endif -%}
{%- set source = entity_kit._metric_source(
    spec, name, base.semantic_model, base.measure, {'kind': 'for', 'count': none, 'unit': name}
) -%}
{%- if source.spine is none -%}
    {%- do source.update(entity_kit._metric_conversions(spec, name, params, source, converted)) -%}
{%- endif -%}
{%- set checks = namespace(all=[]) -%}
{%- for text in conditions + entity_kit._metric_conditions(params['base_measure']['filter']) -%}
    {%- set condition = entity_kit._metric_filter(spec, name, source, text) -%}
    {%- set checks.all = checks.all + ([condition] if condition not in checks.all else []) -%}
{%- endfor -%}
{{ return(entity_kit._metric_add_leaf(spec, {
    'source': source.id,
    'value': none,
    'condition': checks.all | join('\nand '),
    'aggregate': entity_kit._metric_aggregate(spec, name, converted.measure),
    'rank': 'case when entity_kit_own_period = entity_kit_period then row_number() over (partition by entity_kit_period,'
        ~ ' entity_kit_conversion, {counts} order by entity_kit_converts_at desc{dimensions}) end',
    'is_spined': false,
    'point_agg': none,
    'point_fill': none
})) }}
{%- endmacro -%}
