{#- A percentile of the values `{}`: between two of them, or one of them where it is discrete. -#}
{%- macro _metric_percentile(spec, metric_name, fraction, is_discrete) -%}
{{ return(adapter.dispatch('_metric_percentile', 'entity_kit')(spec, metric_name, fraction, is_discrete)) }}
{%- endmacro -%}

{%- macro default___metric_percentile(spec, metric_name, fraction, is_discrete) -%}
{{ return(('percentile_disc(' if is_discrete else 'percentile_cont(') ~ fraction ~ ') within group (order by {})') }}
{%- endmacro -%}

{%- macro trino___metric_percentile(spec, metric_name, fraction, is_discrete) -%}
{{ entity_kit._metric_refuse(
    spec, metric_name, 'Trino has only approximate percentiles, which differ from run to run.',
    'Use average, min, or max there.'
) }}
{%- endmacro -%}
