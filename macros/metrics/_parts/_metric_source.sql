{#-
    A semantic model by one of its times, which may be shifted: what a leaf reads. It has its `relation`, the `time` and when rows `loaded_at`,
    and the columns that dimensions and filters `read`, each once under its name. Whether it `moves` rows to other periods, and
    how, is in its `spine`.
-#}
{%- macro _metric_source(spec, metric_name, semantic_model, measure, shift) -%}
{%- set default_time = (semantic_model['defaults'] or {}).get('agg_time_dimension') -%}
{%- set time_name = measure['agg_time_dimension'] or default_time -%}
{%- set words = [semantic_model['name']] + ([] if time_name == default_time else ['by', time_name])
    + ([] if shift is none else [shift.kind, shift.count, shift.unit] | reject('none') | list) -%}
{%- set id = words | join('_') -%}
{%- for source in spec.sources if source.id == id -%}
    {{ return(source) }}
{%- endfor -%}
{%- set relation = entity_kit._metric_relation(spec, metric_name, semantic_model) -%}
{%- set time = entity_kit._metric_time_of(spec, metric_name, semantic_model, measure, relation) -%}
{%- set finest = time.granularity -%}
{%- set grains = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
{%- if finest in grains and (
    grains.index(finest) > grains.index(spec.grain) or (finest == 'week' and spec.grain != 'week')
) -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'Its time ' ~ time.name ~ ' is known by ' ~ finest ~ ' only.',
        'Ask for grain=\'' ~ finest ~ '\''
        ~ (' or longer' if finest != 'week' else '') ~ ', or use a finer time in ' ~ semantic_model['name'] ~ '.'
    ) }}
{%- endif -%}
{%- set by = finest if shift is not none and shift.kind in ['window', 'to_date', 'running'] else spec.grain -%}
{%- set moves = shift is not none and shift.kind != 'for' -%}
{%- set source = {
    'id': id,
    'metric': metric_name,
    'semantic_model': semantic_model,
    'relation': entity_kit._metric_from(relation),
    'time': time.expr,
    'time_name': time.name,
    'granularity': finest,
    'shown_time': time.shown,
    'period': entity_kit._period_of(by, time.utc, spec.zone),
    'is_coarse': by != spec.grain,
    'loaded_at': entity_kit._metric_loaded_at(spec, semantic_model),
    'moves': moves,
    'spine': entity_kit._metric_spine(spec, metric_name, shift, by) if moves else none,
    'has_bounds': shift is none and entity_kit._compares_times()
        and (entity_kit._is_word(time.expr) or entity_kit._is_quoted(time.expr)),
    'read': {},
    'joins': {},
    'conversions': none
} -%}
{%- do spec.sources.append(source) -%}
{{ return(source) }}
{%- endmacro -%}
