{#- The number of periods between two period starts. -#}
{%- macro _periods_apart(grain, first_period, last_period) -%}
{{ return(adapter.dispatch('_periods_apart', 'entity_kit')(grain, first_period, last_period)) }}
{%- endmacro -%}

{%- macro default___periods_apart(grain, first_period, last_period) -%}
{{ return(dbt.datediff(first_period, last_period, grain) | trim) }}
{%- endmacro -%}

{#- dbt's own macro for Spark fails on NULL. -#}
{%- macro spark___periods_apart(grain, first_period, last_period) -%}
{{ return('timestampdiff(' ~ grain ~ ', ' ~ first_period ~ ', ' ~ last_period ~ ')') }}
{%- endmacro -%}

{%- macro databricks___periods_apart(grain, first_period, last_period) -%}
{{ return(entity_kit.default___periods_apart(grain, first_period, last_period)) }}
{%- endmacro -%}
