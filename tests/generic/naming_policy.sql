{% test naming_policy(model) %}
{{ entity_kit.naming_gaps(model) }}
{% endtest %}
