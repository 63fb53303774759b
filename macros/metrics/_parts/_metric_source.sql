{#-
    A semantic model by one of its times, which may be shifted: what a leaf reads. It has its `relation`, the `time` and when rows `loaded_at`,
    and the columns that dimensions and filters `read`, each once under its name.
-#}
{%- macro _metric_source(spec, metric_name, semantic_model, measure, shift) -%}
{%- set default_time = (semantic_model['defaults'] or {}).get('agg_time_dimension') -%}
{%- set time = measure['agg_time_dimension'] or default_time -%}
{%- set words = [semantic_model['name']] + ([] if time == default_time else ['by', time])
    + ([] if shift is none else [shift.kind, shift.count, shift.unit] | reject('none') | list) -%}
{%- set id = words | join('_') -%}
{%- for source in spec.sources if source.id == id -%}
    {{ return(source) }}
{%- endfor -%}
{%- set found = namespace(time=none) -%}
{%- for dimension in semantic_model['dimensions'] if dimension['name'] == time and dimension['type'] == 'time' -%}
    {%- set found.time = dimension -%}
{%- endfor -%}
{%- if found.time is none -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'Its measure ' ~ measure['name'] ~ ' has no time dimension to place it in a period.',
        'Set agg_time_dimension to a time dimension of ' ~ semantic_model['name'] ~ '.'
    ) }}
{%- endif -%}
{%- set finest = found.time['type_params']['time_granularity'] -%}
{%- set grains = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
{%- if finest in grains and (
    grains.index(finest) > grains.index(spec.grain) or (finest == 'week' and spec.grain != 'week')
) -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'Its time ' ~ time ~ ' is known by ' ~ finest ~ ' only.',
        'Ask for grain=\'' ~ finest ~ '\''
        ~ (' or longer' if finest != 'week' else '') ~ ', or use a finer time in ' ~ semantic_model['name'] ~ '.'
    ) }}
{%- endif -%}
{%- set event_time = found.time['expr'] or entity_kit._column(time) -%}
{%- set relation = entity_kit._metric_relation(spec, metric_name, semantic_model) -%}
{%- set kind = entity_kit._time_kind_of(relation, event_time) -%}
{%- set utc = event_time if kind == 'plain' else entity_kit._utc(event_time) -%}
{%- set by = finest if shift is not none and shift.kind in ['window', 'to_date', 'running'] else spec.grain -%}
{%- set source = {
    'id': id,
    'metric': metric_name,
    'semantic_model': semantic_model,
    'relation': entity_kit._metric_from(relation),
    'time': event_time,
    'time_name': time,
    'granularity': finest,
    'shown_time': event_time if spec.zone == 'UTC' else entity_kit._in_zone(utc, spec.zone),
    'period': entity_kit._period_of(by, utc, spec.zone),
    'is_coarse': by != spec.grain,
    'loaded_at': entity_kit._metric_loaded_at(spec, semantic_model),
    'spine': none if shift is none else entity_kit._metric_spine(spec, metric_name, shift, by),
    'has_bounds': shift is none and entity_kit._compares_times()
        and (entity_kit._is_word(event_time) or entity_kit._is_quoted(event_time)),
    'read': {},
    'joins': {}
} -%}
{%- do spec.sources.append(source) -%}
{{ return(source) }}
{%- endmacro -%}
