{#- The final select of `sessions`: the sessions built, a row for each user without one, and the sessions that stay. -#}
{%- macro _sessions_select(spec) -%}
{%- set keys = spec.business_key -%}
{%- set same_session = entity_kit._same_key('found_sessions', 'EVENT', keys)
    ~ '\nand found_sessions.entity_kit_session = EVENT.entity_kit_session' -%}
{%- set places = spec.attributes | map(attribute='place') | list -%}
{%- set columns = entity_kit._sessions_keys(spec) + [
    'found_sessions.entity_kit_first_time as started_at',
    'found_sessions.entity_kit_last_time as ended_at',
    'coalesce(found_sessions.entity_kit_events, 0) as events'
] -%}
{%- for attribute in spec.attributes -%}
    {%- do columns.append(attribute['place'] ~ '_event.' ~ attribute['column'] ~ ' as ' ~ attribute['name']) -%}
{%- endfor -%}
{%- for measure in spec.measures -%}
    {%- set value = 'found_sessions.' ~ measure['column'] -%}
    {%- set filled = entity_kit._case(
        'entities.entity_kit_counts = 0', entity_kit._literal(measure['fill']), value
    ) ~ ' as ' ~ measure['column'] -%}
    {%- do columns.append(value if measure['fill'] is none else filled) -%}
{%- endfor -%}
{%- set columns = columns + entity_kit._sessions_audit(spec) -%}
{{ entity_kit._select('select', columns) }}
{{ entity_kit._sessions_from(spec) }}
{%- if 'first' in places %}
left join numbered as first_event
    on {{ same_session | replace('EVENT', 'first_event') | indent(4) }}
    and first_event.entity_kit_position = 1
{%- endif %}
{%- if 'last' in places %}
left join numbered as last_event
    on {{ same_session | replace('EVENT', 'last_event') | indent(4) }}
    and last_event.entity_kit_from_last_event = 1
{%- endif %}
{{ entity_kit._sessions_kept(spec) }}
{%- endmacro -%}
