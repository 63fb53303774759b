{#-
    Check the arguments that `sessions` and `session_events` share. Returns them as a mapping of SQL, with what the CTEs of
    entities need (see `_entity_versions`): the entity is the user, and `order` says which version of an event is the latest.
    `used` are the events' columns that the result shows.
-#}
{%- macro _sessions_spec(
    name, events, keys, occurred_at, loaded_at, timeout, starts_when, row_key, deleted_when, lookback_interval,
    updated_at, within, event_columns, used
) -%}
{%- do entity_kit._require(
    events is not string or events | lower not in [
        'touched', 'built_sessions', 'restarts', 'kept_sessions', 'recent', 'versions', 'stated', 'entities', 'timed',
        'ordered', 'begun', 'numbered', 'spans', 'found_sessions', 'first_events', 'last_events', 'counted'
    ], name, 'events', 'a CTE with another name', events, 'The macro uses a CTE with this name. Rename yours.'
) -%}
{%- set relation = entity_kit._relation(events, name, 'events') -%}
{%- set row_keys = entity_kit._column_names(name, 'row_key', row_key) if row_key is not none else [] -%}
{%- set known = entity_kit._scd2_columns_of(events) -%}
{%- do entity_kit._known_in(name, events, {'user_key': keys, 'row_key': row_keys}, known) -%}
{%- set happened = entity_kit._time_column(name, 'occurred_at', occurred_at, events, known) -%}
{%- set arrival = entity_kit._time_column(name, 'loaded_at', loaded_at, events, known) -%}
{%- set version_time = [] if updated_at is none else [entity_kit._time_column(name, 'updated_at', updated_at, events, known)] -%}
{%- set pause = entity_kit._interval(timeout, name, 'timeout') -%}
{%- do entity_kit._require(
    pause.days + pause.seconds > 0, name, 'timeout', 'longer than zero', timeout,
    'A session ends when its user does nothing for longer than this: write {\'minutes\': 30}.'
) -%}
{%- set begins = none if starts_when is none
    else entity_kit._string(name, 'starts_when', starts_when, 'a condition on the events', 'campaign is not null') -%}
{%- set deleted = none if deleted_when is none
    else entity_kit._string(name, 'deleted_when', deleted_when, 'a condition on the events', 'is_deleted') -%}
{%- if within is not none -%}
    {%- do entity_kit._interval(within, name, 'within') -%}
{%- endif -%}

{%- set used_columns = none if event_columns is none
    else keys + used + entity_kit._column_names(name, 'event_columns', event_columns, may_be_empty=true) -%}
{%- set content = entity_kit._row_order(
    'entity_kit_row', events, used_columns | unique(case_sensitive=true) | list if used_columns is not none else none,
    name, 'events', 'event_columns', is_alone=true
) -%}
{%- set latest_first = [] -%}
{%- for time in (version_time + [arrival]) | unique(case_sensitive=true) -%}
    {%- do latest_first.append(time ~ ' desc nulls last') -%}
{%- endfor -%}
{#- An event without a time is in no session, as if it were deleted. -#}
{%- set no_time = entity_kit._operand(happened) ~ ' is null' -%}
{{ return({
    'name': name,
    'events': events,
    'known': known,
    'relation': relation,
    'is_wrapped': events is string,
    'business_key': keys,
    'key_list': keys | join(', '),
    'types': entity_kit._key_types(events, keys, known),
    'occurred_at': happened,
    'clock': entity_kit._event_clock(happened, entity_kit._time_kind_of(events, happened, known), false),
    'loaded_at': arrival,
    'timeout': timeout,
    'starts_when': begins,
    'row_key': row_keys,
    'rows_move': row_keys | length > 0 and keys | reject('in', row_keys) | list | length > 0,
    'deleted': no_time if deleted is none else no_time ~ ' or (' ~ deleted ~ ')',
    'content': content,
    'order': entity_kit._wrapped(latest_first + [content], 92),
    'narrowed': is_incremental(),
    'within': within,
    'reads_recent': within is not none and is_incremental(),
    'past_watermark': entity_kit._past_watermark(
        arrival, 'loaded_at', this | string, lookback_interval, name, 'lookback_interval', width=88
    ),
}) }}
{%- endmacro -%}
