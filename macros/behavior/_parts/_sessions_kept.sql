{#-
    The end of the final select with `within`: a row without a session only for users that have none, and the rows of the
    table that stay as they are, but for when the user's last row was loaded. They are replaced with the rest of the user.
-#}
{%- macro _sessions_kept(spec) -%}
{%- if spec.reads_recent -%}
{%- set own = ['durable_key', 'session_id', 'session_number']
    + (['started_at', 'ended_at', 'events'] + spec.attributes | map(attribute='name') | list
        + spec.measures | map(attribute='column') | list if spec.name == 'sessions' else ['event_number'] + spec.columns) -%}
where found_sessions.entity_kit_session is not null
    or entities.entity_kit_counts = 0
union all
{{ entity_kit._select('select', entity_kit._prefixed('entity_kit_target', spec.business_key + own) + [
    'false as is_deleted', 'entities.entity_kit_loaded_at as loaded_at'
]) }}
from {{ this }} as entity_kit_target
inner join entities
    on {{ entity_kit._same_key('entity_kit_target', 'entities', spec.business_key) | indent(4) }}
inner join kept_sessions
    on {{ entity_kit._same_key('kept_sessions', 'entities', spec.business_key) | indent(4) }}
where entity_kit_target.session_number <= kept_sessions.entity_kit_kept
{%- endif -%}
{%- endmacro -%}
