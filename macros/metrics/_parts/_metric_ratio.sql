{#- A ratio as MetricFlow computes it: of floating-point numbers, NULL where the denominator is zero. -#}
{%- macro _metric_ratio() -%}
{{ return(adapter.dispatch('_metric_ratio', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___metric_ratio() -%}
{{ return('cast(numerator as double precision) / cast(nullif(denominator, 0) as double precision)') }}
{%- endmacro -%}

{%- macro trino___metric_ratio() -%}
{{ return('cast(numerator as double) / cast(nullif(denominator, 0) as double)') }}
{%- endmacro -%}

{%- macro databricks___metric_ratio() -%}
{{ return('cast(numerator as double) / cast(nullif(denominator, 0) as double)') }}
{%- endmacro -%}
