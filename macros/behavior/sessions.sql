{%- macro sessions(
    events, user_key, occurred_at, loaded_at, timeout={'minutes': 30}, measures=[], attributes=[], starts_when=none,
    row_key=none, deleted_when=none, lookback_interval=none, updated_at=none, within=none, model_config={}, buckets=32,
    partition_column=none, event_columns=none
) -%}
{{ return(adapter.dispatch('sessions', 'entity_kit')(
    events, user_key, occurred_at, loaded_at, timeout, measures, attributes, starts_when, row_key, deleted_when,
    lookback_interval, updated_at, within, model_config, buckets, partition_column, event_columns
)) }}
{%- endmacro -%}

{#-
    All events of the touched users, in order; where a session begins; then what each session has. A full refresh and an
    incremental run differ only in which events they read.
-#}
{%- macro default__sessions(
    events, user_key, occurred_at, loaded_at, timeout, measures, attributes, starts_when, row_key, deleted_when,
    lookback_interval, updated_at, within, model_config, buckets, partition_column, event_columns
) -%}
{%- set name = 'sessions' -%}
{%- set own_names = [
    'durable_key', 'session_id', 'session_number', 'started_at', 'ended_at', 'events', 'is_deleted', 'loaded_at'
] -%}
{%- set keys = entity_kit._column_names(name, 'user_key', user_key, own_names) -%}
{%- set shown = entity_kit._session_attributes(name, attributes, own_names + keys) -%}
{%- set measures = entity_kit._measures(name, 'measures', measures, own_names + keys + shown.names) -%}
{%- set columns = shown.names + measures | map(attribute='column') | list -%}
{%- set spec = entity_kit._sessions_spec(
    name, events, keys, occurred_at, loaded_at, timeout, starts_when, row_key, deleted_when, lookback_interval,
    updated_at, within, event_columns, shown.columns
) -%}
{%- do entity_kit._known_in(name, events, {'attributes': shown.columns}, spec.known) -%}
{%- do spec.update({
    'measures': measures, 'attributes': shown.all, 'columns': columns, 'begins': 'started_at', 'ends': 'ended_at'
}) -%}
{%- do config(meta=entity_kit._described(measures)) -%}
{%- do entity_kit._sessions_config(spec, own_names, 'measures', model_config, buckets, partition_column) -%}
{{ entity_kit._sessions_query(spec, entity_kit._sessions_select(spec)) }}
{%- endmacro -%}
