{#-
    What makes a source of base events one of their conversions: `conversions`, the semantic model of these, and the `spine`, the
    conversions with the periods of the base events that they may belong to. Days are compared, or the longer of both grains.
-#}
{%- macro _metric_conversions(spec, name, params, source, converted) -%}
{%- set grains = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
{%- set home = converted.semantic_model -%}
{%- set relation = entity_kit._metric_relation(spec, name, home) -%}
{%- set time = entity_kit._metric_time_of(spec, name, home, converted.measure, relation) -%}
{%- set by = source.granularity if grains.index(source.granularity) > grains.index(time.granularity) else time.granularity -%}
{%- set at = entity_kit._one_line(dbt.date_trunc(by, source.shown_time) | trim) -%}
{%- set found = namespace(
    base=[at ~ ' as entity_kit_converts_at'], matched=[], named=[], same=[],
    converted=[entity_kit._one_line(dbt.date_trunc(by, time.shown) | trim) ~ ' as entity_kit_converted_at']
) -%}
{%- do source.read.update({'entity_kit_converts_at': at}) -%}
{%- set pairs = [{'base_property': params['entity'], 'conversion_property': params['entity']}] -%}
{%- for pair in pairs + (params['constant_properties'] or []) -%}
    {%- set key = 'entity_kit_converts_by_' ~ loop.index -%}
    {%- set left = entity_kit._metric_property(spec, name, source.semantic_model, pair['base_property']) -%}
    {%- set right = entity_kit._metric_property(spec, name, home, pair['conversion_property']) -%}
    {%- do source.read.update({key: left}) -%}
    {%- set found.base = found.base + [left ~ ' as ' ~ key] -%}
    {%- set found.converted = found.converted + [right ~ ' as entity_kit_converted_by_' ~ loop.index] -%}
    {%- set found.matched = found.matched + ['entity_kit_converted_by_' ~ loop.index] -%}
{%- endfor -%}
{%- set events = {
    'id': home['name'], 'semantic_model': home, 'granularity': time.granularity, 'shown_time': time.shown, 'moves': false,
    'is_spined': false, 'read': {}, 'joins': {}
} -%}
{%- set filter = namespace(all=[]) -%}
{%- for text in entity_kit._metric_conditions(params['conversion_measure']['filter']) -%}
    {%- set filter.all = filter.all + [entity_kit._metric_filter(spec, name, events, text)] -%}
{%- endfor -%}
{%- if events.joins -%}
    {{ entity_kit._metric_refuse(
        spec, name, 'The filter of its conversion measure joins ' ~ events.joins.values() | map(attribute='name') | join(', ') ~ '.',
        'Filter by what ' ~ home['name'] ~ ' has itself.'
    ) }}
{%- endif -%}
{%- for column in events.read -%}
    {%- set found.named = found.named + [entity_kit._named(events.read[column], column)] -%}
{%- endfor -%}
{%- set window = params['window'] -%}
{%- set reaches = {
    'keys': found.matched | length,
    'unit': entity_kit._metric_unit(window['granularity']) if window else none,
    'count': window['count'] if window else none
} -%}
{%- set value = converted.measure['expr'] if converted.measure['expr'] is not none
    else entity_kit._column(converted.measure['name']) -%}
{%- set kept = found.matched + ['entity_kit_converted_at', 'entity_kit_converted', 'entity_kit_converted_loaded_at'] -%}
{%- set spine -%}
select distinct
    entity_kit_base.entity_kit_shown,
    entity_kit_event.entity_kit_conversion,
    {{ entity_kit._prefixed('entity_kit_event', kept) | join(',\n') | indent(4) }}
from (
    {{ entity_kit._select('select', [source.period ~ ' as entity_kit_shown'] + found.base) | indent(4) }}
    from {{ source.relation }} as entity_kit_row
) as entity_kit_base
inner join (
    select
        row_number() over (order by entity_kit_converted_at) as entity_kit_conversion,
        {{ kept | join(',\n') | indent(8) }}
    from (
        select
            {{ (found.converted + found.named + [
                '(' ~ value ~ ') as entity_kit_converted',
                entity_kit._metric_loaded_at(spec, home) ~ ' as entity_kit_converted_loaded_at'
            ]) | join(',\n') | indent(12) }}
        from {{ entity_kit._metric_from(relation) }} as entity_kit_row
    ) as entity_kit_events
    {%- if filter.all %}
    where {{ filter.all | join('\nand ') | indent(8) }}
    {%- endif %}
) as entity_kit_event
    on {{ entity_kit._metric_converts(reaches, 'entity_kit_base', 'entity_kit_event') | indent(8) }}
{%- endset -%}
{{ return({'conversions': home, 'spine': {
    'source': spine,
    'condition': entity_kit._metric_converts(reaches, 'entity_kit_read', 'entity_kit_spine'),
    'keeps': [
        'entity_kit_spine.entity_kit_shown as entity_kit_period', 'entity_kit_read.entity_kit_period as entity_kit_own_period',
        'entity_kit_spine.entity_kit_conversion', 'entity_kit_spine.entity_kit_converted_loaded_at'
    ]
}}) }}
{%- endmacro -%}
