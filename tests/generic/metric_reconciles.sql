{% test metric_reconciles(
    model, metric_name, grain, column=none, dimensions={}, period='period_start', loaded_at=none, timezone='UTC',
    tolerance=0, relative_tolerance=0, upstreams=[]
) -%}
{{ entity_kit.metric_differences(
    model, metric_name, grain, column, dimensions, period, loaded_at, timezone, tolerance, relative_tolerance, upstreams
) }}
{%- endtest %}
