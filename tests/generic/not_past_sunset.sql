{% test not_past_sunset(model) %}
{{ entity_kit.past_sunset(model) }}
{% endtest %}
