{% test alias_covers(model, old_table=none, columns={}) %}
{{ entity_kit.alias_gaps(model, old_table, columns) }}
{% endtest %}
