{% test sessions_valid(model, user_key, timeout=none) -%}
{{ entity_kit.session_faults(model, user_key, timeout) }}
{%- endtest %}
