{%- macro session_events(
    events, user_key, occurred_at, loaded_at, timeout={'minutes': 30}, columns=none, starts_when=none, row_key=none,
    deleted_when=none, lookback_interval=none, updated_at=none, within=none, model_config={}, buckets=32,
    partition_column=none, event_columns=none
) -%}
{{ return(adapter.dispatch('session_events', 'entity_kit')(
    events, user_key, occurred_at, loaded_at, timeout, columns, starts_when, row_key, deleted_when,
    lookback_interval, updated_at, within, model_config, buckets, partition_column, event_columns
)) }}
{%- endmacro -%}

{#- The events of `sessions`, by the same CTEs, so that both have the same sessions. -#}
{%- macro default__session_events(
    events, user_key, occurred_at, loaded_at, timeout, columns, starts_when, row_key, deleted_when,
    lookback_interval, updated_at, within, model_config, buckets, partition_column, event_columns
) -%}
{%- set name = 'session_events' -%}
{%- set own_names = ['durable_key', 'session_id', 'session_number', 'event_number', 'is_deleted', 'loaded_at'] -%}
{%- set keys = entity_kit._column_names(name, 'user_key', user_key, own_names) -%}
{%- set shown = entity_kit._column_names(name, 'columns', columns, own_names + keys, may_be_empty=true)
    if columns is not none else entity_kit._entity_attributes(
        name, events, keys + [loaded_at | string], none, own_names, 'columns', 'events'
    ) -%}
{%- set spec = entity_kit._sessions_spec(
    name, events, keys, occurred_at, loaded_at, timeout, starts_when, row_key, deleted_when, lookback_interval,
    updated_at, within, event_columns, shown
) -%}
{%- do entity_kit._known_in(name, events, {'columns': shown}, spec.known) -%}
{#- Snowflake shows plain names in uppercase. -#}
{%- set names = [] -%}
{%- for column in shown -%}
    {%- do names.append(entity_kit._unquoted(column) | lower) -%}
{%- endfor -%}
{%- do entity_kit._require(
    within is none or not execute or entity_kit._unquoted(spec.occurred_at) | lower in names, name, 'columns',
    'a list with the `occurred_at` if `within` is set', columns,
    'A run finds the sessions that it can leave as they are by the times of their events.'
) -%}
{%- do spec.update({
    'measures': [], 'attributes': [], 'columns': shown, 'begins': spec.occurred_at, 'ends': spec.occurred_at
}) -%}
{%- do entity_kit._sessions_config(spec, own_names, 'columns', model_config, buckets, partition_column) -%}
{{ entity_kit._sessions_query(spec, entity_kit._session_events_select(spec)) }}
{%- endmacro -%}
