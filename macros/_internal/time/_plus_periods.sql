{#- A number of periods later or earlier, with the same type. The number is whole, or an expression in parentheses. -#}
{%- macro _plus_periods(grain, number, period) -%}
{%- if number == 0 -%}
{{ return(period) }}
{%- endif -%}
{%- set unit, size = entity_kit._period_step(grain) -%}
{%- set units = number * size if number is number else number if size == 1 else '(' ~ number ~ ' * ' ~ size ~ ')' -%}
{{ return(adapter.dispatch('_plus_periods', 'entity_kit')(grain, unit, units, period)) }}
{%- endmacro -%}

{%- macro default___plus_periods(grain, unit, units, period) -%}
{%- set moved = entity_kit._dbt_dateadd(unit, units, period) -%}
{{ return(moved if grain == 'hour' else 'cast(' ~ moved ~ ' as date)') }}
{%- endmacro -%}

{%- macro duckdb___plus_periods(grain, unit, units, period) -%}
{%- set moved = entity_kit._dateadd(unit, units, period) -%}
{{ return(moved if grain == 'hour' else 'cast(' ~ moved ~ ' as date)') }}
{%- endmacro -%}

{%- macro postgres___plus_periods(grain, unit, units, period) -%}
{{ return(entity_kit.duckdb___plus_periods(grain, unit, units, period)) }}
{%- endmacro -%}

{%- macro redshift___plus_periods(grain, unit, units, period) -%}
{{ return(entity_kit.default___plus_periods(grain, unit, units, period)) }}
{%- endmacro -%}

{%- macro bigquery___plus_periods(grain, unit, units, period) -%}
{{ return(
    ('datetime_add(' if grain == 'hour' else 'date_add(') ~ period ~ ', interval ' ~ units ~ ' ' ~ unit ~ ')'
) }}
{%- endmacro -%}

{%- macro spark___plus_periods(grain, unit, units, period) -%}
{{ return(entity_kit.duckdb___plus_periods(grain, unit, units, period)) }}
{%- endmacro -%}

{%- macro databricks___plus_periods(grain, unit, units, period) -%}
{{ return(entity_kit.default___plus_periods(grain, unit, units, period)) }}
{%- endmacro -%}
