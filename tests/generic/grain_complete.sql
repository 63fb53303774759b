{% test grain_complete(model, business_key) -%}
{{ entity_kit.grain_gaps(model, business_key) }}
{%- endtest %}
