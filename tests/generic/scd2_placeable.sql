{% test scd2_placeable(model, business_key, changed_at, loaded_at=none) %}
{{ entity_kit.scd2_unplaceable(model, business_key, changed_at, loaded_at) }}
{% endtest %}
