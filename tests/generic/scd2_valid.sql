{% test scd2_valid(model, business_key=none, gaps='allowed', valid_to_current=none) %}
{{ entity_kit.scd2_faults(model, business_key, gaps, valid_to_current) }}
{% endtest %}
