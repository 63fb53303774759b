{#- The final select of `session_events`: the events built, a row for each user without one, and the events that stay. -#}
{%- macro _session_events_select(spec) -%}
{%- set columns = entity_kit._sessions_keys(spec)
    + ['entity_kit_event.entity_kit_position as event_number']
    + entity_kit._prefixed('entity_kit_event', spec.columns)
    + entity_kit._sessions_audit(spec) -%}
{{ entity_kit._select('select', columns) }}
{{ entity_kit._sessions_from(spec) }}
left join numbered as entity_kit_event
    on {{ entity_kit._same_key('found_sessions', 'entity_kit_event', spec.business_key) | indent(4) }}
    and found_sessions.entity_kit_session = entity_kit_event.entity_kit_session
{{ entity_kit._sessions_kept(spec) }}
{%- endmacro -%}
