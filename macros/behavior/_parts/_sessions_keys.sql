{#- The columns that identify a session in the final select: the user, the id, and the number among the user's sessions. -#}
{%- macro _sessions_keys(spec) -%}
{%- set number = 'found_sessions.entity_kit_session' ~ (' + kept_sessions.entity_kit_kept' if spec.reads_recent else '') -%}
{{ return(entity_kit._canonical_columns(spec.business_key, spec.types, 'entities') + [
    entity_kit._durable_key(spec.business_key, spec.types, alias='entities') ~ ' as durable_key',
    'found_sessions.entity_kit_session_id as session_id',
    'cast(' ~ number ~ ' as ' ~ entity_kit._column_type('integer') ~ ') as session_number'
]) }}
{%- endmacro -%}
