{#-
    A coarse bound on an event time in a period, which lets engines skip most of a table. Two days exceed any zone's
    offset from UTC, in either direction, whatever the session's zone.
-#}
{%- macro _near_period(occurred_at, period_start, period_end) -%}
{{ return(adapter.dispatch('_near_period', 'entity_kit')(occurred_at, period_start, period_end)) }}
{%- endmacro -%}

{#- Not every engine compares every type of time with every other. -#}
{%- macro default___near_period(occurred_at, period_start, period_end) -%}
{{ return('') }}
{%- endmacro -%}

{%- macro duckdb___near_period(occurred_at, period_start, period_end) -%}
{{ return(
    '\nand ' ~ occurred_at ~ ' >= ' ~ period_start ~ " - interval '2 days'"
    ~ '\nand ' ~ occurred_at ~ ' <= ' ~ period_end ~ " + interval '2 days'"
) }}
{%- endmacro -%}

{%- macro postgres___near_period(occurred_at, period_start, period_end) -%}
{{ return(entity_kit.duckdb___near_period(occurred_at, period_start, period_end)) }}
{%- endmacro -%}

{%- macro redshift___near_period(occurred_at, period_start, period_end) -%}
{{ return(entity_kit.default___near_period(occurred_at, period_start, period_end)) }}
{%- endmacro -%}
