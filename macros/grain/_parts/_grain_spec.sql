{#-
    The arguments of `grain_table`, checked, as a mapping of SQL, with what follows from them: which run this is
    (`narrowed`: it builds only what is touched; `widened`: whole partitions of that; `shows_coverage`), and what the
    table may need (`may_shrink`: a correction of the history can take back periods that were right to build).

    A `backfill` is an incremental run that also builds the periods of a range, whether or not anything arrived for them. As
    a source may have lost rows, it asks the events and not the table where spines begin and end (`knows_spine`), and takes
    back periods of the range that have no reason to be there any more (`takes_back`).
-#}
{%- macro _grain_spec(
    name, grain, business_key, events, occurred_at, loaded_at, measures, trailing, row_key, deleted_when,
    history, attributes, spine, reach, timezone, lookback_interval,
    updated_at, occurred_from, occurred_to, max_periods, overwrite_attributes, model_config,
    partition_grain, partition_column, event_columns
) -%}
{%- do entity_kit._one_of(name, 'grain', grain, ['hour', 'day', 'week', 'month', 'quarter', 'year']) -%}
{%- do entity_kit._one_of(name, 'spine', spine, ['dense', 'sparse']) -%}
{%- do entity_kit._one_of(name, 'reach', reach, ['occurred', 'loaded']) -%}
{%- set zone = entity_kit._zone(name, timezone) -%}
{%- set reads_zone = grain != 'hour' and zone != 'UTC' -%}
{%- set own_names = [
    'durable_key', 'surrogate_key', 'period_start', 'period_end', 'is_deleted', 'loaded_at', 'history_loaded_at'
] -%}
{%- set keys = entity_kit._column_names(name, 'business_key', business_key, own_names) -%}
{%- set has_history = history is not none -%}
{%- set columns = entity_kit._column_names(
    name, 'attributes', attributes, own_names + keys, may_be_empty=true
) -%}
{%- do entity_kit._require(
    has_history or columns | length == 0, name, 'history', 'set if `attributes` is', history,
    'Attributes are as of the end of each period: pass the scd2_history that has them.'
) -%}
{%- set taken = (own_names + keys + columns) | map('lower') | list -%}
{%- set measures = entity_kit._measures(name, 'measures', measures, taken) -%}
{%- set trailing = entity_kit._grain_trailing(
    name, trailing, taken + measures | map(attribute='name') | map('lower') | list
) -%}
{%- do entity_kit._require(
    max_periods is integer and max_periods >= 1, name, 'max_periods', 'a whole number, one or more', max_periods,
    'It is the maximum number of periods for one entity.'
) -%}
{%- do entity_kit._grain_bounds_in_order(name, occurred_from, occurred_to) -%}
{%- set overwritten = entity_kit._list(name, 'overwrite_attributes', overwrite_attributes, may_be_empty=true)
    if overwrite_attributes is not none else none -%}
{%- for given in [events] + ([history] if has_history else []) -%}
    {%- do entity_kit._require(
        given is not string or given | lower not in entity_kit._grain_ctes(trailing.widths),
        name, 'events' if loop.first else 'history', 'a CTE with another name', given,
        'The macro uses a CTE with this name. Rename yours.'
    ) -%}
{%- endfor -%}
{%- set events_relation = entity_kit._relation(events, name, 'events') -%}
{%- set history_relation = entity_kit._relation(history, name, 'history') if has_history else none -%}
{%- set event_time = entity_kit._expression(entity_kit._string(name, 'occurred_at', occurred_at)) -%}
{%- set event_loaded_at = entity_kit._expression(entity_kit._string(name, 'loaded_at', loaded_at)) -%}
{%- set row_keys = entity_kit._column_names(name, 'row_key', row_key) if row_key is not none else [] -%}
{%- set used_columns = none if event_columns is none else keys + ['entity_kit_occurred_at']
    + entity_kit._column_names(name, 'event_columns', event_columns, may_be_empty=true) -%}
{%- set version_time = none if updated_at is none
    else entity_kit._expression(entity_kit._string(name, 'updated_at', updated_at)) -%}
{%- set deleted = none if deleted_when is none
    else entity_kit._string(name, 'deleted_when', deleted_when, 'a condition on the rows') -%}
{%- set known = entity_kit._scd2_columns_of(events) -%}
{%- do entity_kit._known_in(name, events, {'business_key': keys, 'row_key': row_keys}, known) -%}
{%- if has_history -%}
    {%- do entity_kit._known_in(name, history, {'business_key': keys, 'attributes': columns}) -%}
{%- endif -%}
{%- set partitions = entity_kit._period_partitions(name, grain, partition_grain, partition_column, taken) -%}
{%- set in_partitions = entity_kit._replaces_partitions(name, model_config) -%}

{#- For `entity-kit coverage`, which needs to know which rows a full refresh would build, not their values. -#}
{%- set shows_coverage = var('entity_kit_coverage', false) -%}
{%- set narrowed = is_incremental() and not shows_coverage -%}
{%- set backfill = entity_kit._backfill(name, grain) -%}
{%- set may_shrink = has_history and spine == 'dense' -%}
{%- set period_type = entity_kit._plain_timestamp_type() if grain == 'hour' else 'date' -%}
{{ return({
    'name': name,
    'grain': grain,
    'is_dense': spine == 'dense',
    'spine': spine,
    'reach': reach,
    'reads_zone': reads_zone,
    'clock': entity_kit._event_clock(event_time, entity_kit._time_kind_of(events, event_time, known), reads_zone),
    'timezone': timezone,
    'zone': zone,
    'business_key': keys,
    'key_list': keys | join(', '),
    'types': entity_kit._key_types(events, keys, known),
    'events': events,
    'events_relation': events_relation,
    'event_time': event_time,
    'event_columns': used_columns,
    'loaded_at': event_loaded_at,
    'updated_at': version_time,
    'row_key': row_keys,
    'deleted': deleted,
    'history': history,
    'has_history': has_history,
    'history_relation': history_relation,
    'attributes': columns,
    'history_loaded_by_entity': overwritten is none or overwritten | length > 0,
    'measures': measures,
    'trailing': trailing.measures,
    'widths': trailing.widths,
    'widest': ([1] + trailing.widths) | max,
    'max_periods': max_periods,
    'bounds': entity_kit._grain_bounds(grain, zone, occurred_from, occurred_to),
    'partitions': partitions,
    'in_partitions': in_partitions,
    'may_shrink': may_shrink,
    'backfill': backfill,
    'takes_back': narrowed and (may_shrink or backfill is not none),
    'knows_spine': narrowed and backfill is none,
    'shows_coverage': shows_coverage,
    'narrowed': narrowed,
    'widened': narrowed and in_partitions,
    'period_type': period_type,
    'no_period': 'cast(null as ' ~ period_type ~ ')',
    'arrived': entity_kit._grain_arrived(name, event_loaded_at, lookback_interval),
    'is_wrapped': events is string or history is string,
}) }}
{%- endmacro -%}
