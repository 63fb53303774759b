{#- A period as a unit that every engine can add, and the number of units. -#}
{%- macro _period_step(grain) -%}
{{ return({'quarter': ('month', 3), 'week': ('day', 7)}[grain] if grain in ['quarter', 'week'] else (grain, 1)) }}
{%- endmacro -%}
