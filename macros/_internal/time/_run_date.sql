{#- When this run started, in UTC and as a date unless said otherwise: dbt's own clock, so that a simulated one counts too. -#}
{%- macro _run_date(form='%Y-%m-%d') -%}
{{ return(run_started_at.strftime(form)) }}
{%- endmacro -%}
