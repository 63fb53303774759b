{% test coverage_policy(model) %}
{{ entity_kit.coverage_gaps(model) }}
{% endtest %}
