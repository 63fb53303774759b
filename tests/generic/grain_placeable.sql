{% test grain_placeable(model, business_key, occurred_at, loaded_at=none, occurred_from=none, occurred_to=none) -%}
{{ entity_kit.grain_unplaceable(model, business_key, occurred_at, loaded_at, occurred_from, occurred_to) }}
{%- endtest %}
