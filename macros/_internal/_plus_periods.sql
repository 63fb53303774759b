{#- So many periods later, or earlier, of the same type. -#}
{%- macro _plus_periods(grain, number, period) -%}
{%- if number == 0 -%}
{{ return(period) }}
{%- endif -%}
{%- set unit, size = entity_kit._period_step(grain) -%}
{%- set moved = dbt.dateadd(unit, number * size, period) | trim -%}
{{ return(moved if grain == 'hour' else 'cast(' ~ moved ~ ' as date)') }}
{%- endmacro -%}
