{#-
    When this run started, in UTC and by default as a date. It uses dbt's own clock, so a simulated clock applies too.
-#}
{%- macro _run_date(form='%Y-%m-%d') -%}
{{ return(run_started_at.strftime(form)) }}
{%- endmacro -%}
