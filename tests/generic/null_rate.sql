{% test null_rate(model, column_name=none, at_most=0, columns=none, empty='allowed') -%}
{{ entity_kit.null_rate_findings(model, column_name, at_most, columns, empty) }}
{%- endtest %}
