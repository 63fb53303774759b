{% test grain_reconciles(
    model, measure, events, calculation, business_key, occurred_at, loaded_at=none, row_key=none, deleted_when=none,
    tolerance=0
) -%}
{{ entity_kit.grain_differences(
    model, measure, events, calculation, business_key, occurred_at, loaded_at, row_key, deleted_when, tolerance
) }}
{%- endtest %}
