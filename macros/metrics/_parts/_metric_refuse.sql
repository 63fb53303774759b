{#- Refuse a metric that can't be computed as asked: which, why, and what to ask for instead. -#}
{%- macro _metric_refuse(spec, metric_name, why, instead) -%}
{{ exceptions.raise_compiler_error(
    spec.name ~ ': `metrics` must be metrics that a table by ' ~ spec.grain ~ ' can have; got "' ~ metric_name ~ '".\n'
    ~ 'Why: ' ~ why ~ '\n' ~ instead
) }}
{%- endmacro -%}
