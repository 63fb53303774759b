{#-
    Check the arguments that say what the series is. Returns them as a mapping of SQL, with the `rule`, and `narrowed`: this
    run judges only what is touched. `series_keys` are what a point's baseline has in common with it.
-#}
{%- macro _anomaly_spec(
    name, argument, series, value, period, by, loaded_at, as_of, timezone, rule, narrowed
) -%}
{%- set own_names = [
    'surrogate_key', 'period_start', 'value', 'history', 'expected', 'lower', 'upper', 'score', 'is_anomaly', 'status',
    'failure_reason', 'loaded_at'
] -%}
{%- set own_ctes = [
    'given', 'latest', 'grouped', 'numbered', 'points', 'lags', 'changed', 'touched', 'units', 'ordered', 'walked',
    'baseline', 'ranked', 'centered', 'distances', 'baselines', 'measured', 'judged'
] -%}
{%- do entity_kit._require(
    series is not string or series | lower not in own_ctes, name, argument, 'a CTE with another name', series,
    'The macro uses a CTE with this name. Rename yours.'
) -%}
{%- set relation = entity_kit._relation(series, name, argument) -%}
{%- set zone = entity_kit._zone(name, timezone) -%}
{%- set columns = entity_kit._column_names(name, 'by', by, own_names, may_be_empty=true) -%}
{%- set named = {
    'value': entity_kit._expression(entity_kit._string(name, 'value', value)),
    'period': entity_kit._expression(entity_kit._string(name, 'period', period)),
    'loaded_at': none if loaded_at is none else entity_kit._expression(entity_kit._string(name, 'loaded_at', loaded_at)),
} -%}
{%- set plain = {'by': columns} -%}
{%- for each in named if named[each] is not none -%}
    {%- if entity_kit._is_word(named[each]) or entity_kit._is_quoted(named[each]) -%}
        {%- do plain.update({each: [named[each]]}) -%}
    {%- endif -%}
{%- endfor -%}
{%- set known = entity_kit._scd2_columns_of(series) -%}
{%- do entity_kit._known_in(name, series, plain, known) -%}
{%- set zoned = 'zoned' in (entity_kit._time_kind_of(series, named.period, known) or '') -%}
{%- set found_period = entity_kit._period_of(rule.grain, entity_kit._utc(named.period), zone) if zoned
    else entity_kit._period_start(rule.grain, named.period) -%}
{{ return({
    'name': name,
    'rule': rule,
    'relation': relation,
    'is_wrapped': series is string,
    'by': columns,
    'types': entity_kit._key_types(series, columns, known),
    'series_keys': columns + ['entity_kit_season'],
    'point': columns + ['entity_kit_season', 'entity_kit_position'],
    'value': named.value,
    'period': found_period,
    'loaded_at': named.loaded_at,
    'as_of': none if as_of is none else entity_kit._timestamp(as_of),
    'zone': zone,
    'narrowed': narrowed,
    'number_type': entity_kit._column_type('number'),
}) }}
{%- endmacro -%}
