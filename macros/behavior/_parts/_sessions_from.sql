{#- What the final select reads: the users to build with the sessions found, if they have any. -#}
{%- macro _sessions_from(spec) -%}
from entities
left join found_sessions
    on {{ entity_kit._same_key('found_sessions', 'entities', spec.business_key) | indent(4) }}
{%- if spec.reads_recent %}
inner join kept_sessions
    on {{ entity_kit._same_key('kept_sessions', 'entities', spec.business_key) | indent(4) }}
{%- endif %}
{%- endmacro -%}
