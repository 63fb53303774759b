{#- The CTEs of a table of anomalies, `judged` the last of them: each point to build with its status. -#}
{%- macro _anomaly_ctes(spec) -%}
{%- set lags = [] -%}
{%- for lag in range(0, spec.rule.window + 1) -%}
    {%- do lags.append('select 0 as entity_kit_lag' if loop.first else 'union all select ' ~ lag) -%}
{%- endfor -%}
{{ return(
    [
        entity_kit._anomaly_given(spec),
        entity_kit._anomaly_latest(spec),
        entity_kit._anomaly_points(spec),
        'lags as (\n    ' ~ entity_kit._wrapped(lags, 100, ' ', '\n') | indent(4) ~ '\n)',
        entity_kit._anomaly_units(spec)
    ]
    + ([entity_kit._anomaly_walked(spec)] if spec.rule.excludes
        else [entity_kit._anomaly_baseline(spec), entity_kit._anomaly_statistics(spec)])
    + [entity_kit._anomaly_judged(spec)]
) }}
{%- endmacro -%}
