{% test grain_unique(model, business_key) -%}
{{ entity_kit.grain_duplicates(model, business_key) }}
{%- endtest %}
