{% test scd2_matches_source(
    model, source, business_key, columns, changed_at=none, loaded_at=none, sequence=none, deleted_when=none
) %}
{{ entity_kit.scd2_mismatches(
    model, source, business_key, columns, changed_at, loaded_at, sequence, deleted_when
) }}
{% endtest %}
