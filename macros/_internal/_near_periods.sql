{#-
    A coarse bound on the event time, by which an engine may skip most of a table unread: not far from a relation's
    periods. Two days are more than any zone differs from UTC, on either side, whatever the zone of the session.
-#}
{%- macro _near_periods(grain, occurred_at, relation, period='entity_kit_period') -%}
{{ return(adapter.dispatch('_near_periods', 'entity_kit')(grain, occurred_at, relation, period)) }}
{%- endmacro -%}

{#- Not every engine compares any type of time with any other. -#}
{%- macro default___near_periods(grain, occurred_at, relation, period) -%}
{{ return('true') }}
{%- endmacro -%}

{%- macro duckdb___near_periods(grain, occurred_at, relation, period) -%}
{%- set operand = entity_kit._operand(occurred_at) -%}
{%- set after = entity_kit._plus_periods(grain, 1, 'max(' ~ period ~ ')') -%}
{{ return(
    operand ~ ' >= (select min(' ~ period ~ ") - interval '2 days' from " ~ relation ~ ')'
    ~ '\nand ' ~ operand ~ ' <= (select ' ~ after ~ " + interval '2 days' from " ~ relation ~ ')'
) }}
{%- endmacro -%}

{%- macro postgres___near_periods(grain, occurred_at, relation, period) -%}
{{ return(entity_kit.duckdb___near_periods(grain, occurred_at, relation, period)) }}
{%- endmacro -%}

{%- macro redshift___near_periods(grain, occurred_at, relation, period) -%}
{{ return(entity_kit.default___near_periods(grain, occurred_at, relation, period)) }}
{%- endmacro -%}
