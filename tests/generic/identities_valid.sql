{% test identities_valid(model, ignore=[]) -%}
{{ entity_kit.identity_faults(model, ignore) }}
{%- endtest %}
