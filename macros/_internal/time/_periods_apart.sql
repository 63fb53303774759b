{#- The number of periods between two period starts. -#}
{%- macro _periods_apart(grain, first_period, last_period) -%}
{{ return(adapter.dispatch('_periods_apart', 'entity_kit')(grain, first_period, last_period)) }}
{%- endmacro -%}

{%- macro default___periods_apart(grain, first_period, last_period) -%}
{{ return(entity_kit._one_line(dbt.datediff(first_period, last_period, grain))) }}
{%- endmacro -%}

{%- macro snowflake___periods_apart(grain, first_period, last_period) -%}
{{ return(entity_kit._call('datediff', [grain, first_period, last_period])) }}
{%- endmacro -%}

{%- macro redshift___periods_apart(grain, first_period, last_period) -%}
{{ return(entity_kit._call('datediff', [grain, first_period, last_period])) }}
{%- endmacro -%}

{%- macro bigquery___periods_apart(grain, first_period, last_period) -%}
{{ return(entity_kit._call(
    'datetime_diff' if grain == 'hour' else 'date_diff',
    [last_period, first_period, 'isoweek' if grain == 'week' else grain]
)) }}
{%- endmacro -%}

{%- macro duckdb___periods_apart(grain, first_period, last_period) -%}
{{ return(entity_kit._call('date_diff', ["'" ~ grain ~ "'", first_period, last_period])) }}
{%- endmacro -%}

{%- macro trino___periods_apart(grain, first_period, last_period) -%}
{{ return(entity_kit._call('date_diff', ["'" ~ grain ~ "'", first_period, last_period])) }}
{%- endmacro -%}

{%- macro postgres___periods_apart(grain, first_period, last_period) -%}
{%- set apart = last_period ~ ' - ' ~ first_period -%}
{%- set age = 'age(' ~ last_period ~ ', ' ~ first_period ~ ')' -%}
{%- set months = '12 * extract(year from ' ~ age ~ ') + extract(month from ' ~ age ~ ')' -%}
{{ return('cast(' ~ {
    'hour': 'extract(epoch from ' ~ apart ~ ') / 3600',
    'day': apart,
    'week': '(' ~ apart ~ ') / 7',
    'month': months,
    'quarter': '(' ~ months ~ ') / 3',
    'year': 'extract(year from ' ~ age ~ ')'
}[grain] ~ ' as bigint)') }}
{%- endmacro -%}

{#- dbt's own macro for Spark fails on NULL. -#}
{%- macro spark___periods_apart(grain, first_period, last_period) -%}
{{ return(entity_kit._call('timestampdiff', [grain, first_period, last_period])) }}
{%- endmacro -%}
