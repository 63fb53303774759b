{% test entity_placeable(model, business_key, loaded_at=none) -%}
{{ entity_kit.entity_unplaceable(model, business_key, loaded_at) }}
{%- endtest %}
