{#- A number of periods later or earlier, with the same type. -#}
{%- macro _plus_periods(grain, number, period) -%}
{%- if number == 0 -%}
{{ return(period) }}
{%- endif -%}
{{ return(adapter.dispatch('_plus_periods', 'entity_kit')(grain, number, period)) }}
{%- endmacro -%}

{%- macro default___plus_periods(grain, number, period) -%}
{%- set unit, size = entity_kit._period_step(grain) -%}
{%- set moved = dbt.dateadd(unit, number * size, period) | trim -%}
{{ return(moved if grain == 'hour' else 'cast(' ~ moved ~ ' as date)') }}
{%- endmacro -%}

{%- macro spark___plus_periods(grain, number, period) -%}
{%- set unit, size = entity_kit._period_step(grain) -%}
{%- set moved = entity_kit._dateadd(unit, number * size, period) -%}
{{ return(moved if grain == 'hour' else 'cast(' ~ moved ~ ' as date)') }}
{%- endmacro -%}

{%- macro databricks___plus_periods(grain, number, period) -%}
{{ return(entity_kit.default___plus_periods(grain, number, period)) }}
{%- endmacro -%}
