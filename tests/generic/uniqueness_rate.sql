{% test uniqueness_rate(model, column_name=none, at_least=1, columns=none, empty='allowed') -%}
{{ entity_kit.uniqueness_rate_findings(model, column_name, at_least, columns, empty) }}
{%- endtest %}
