{#- The date on which this run started, in UTC: dbt's own clock, so that a simulated one counts too. -#}
{%- macro _run_date() -%}
{{ return(run_started_at.strftime('%Y-%m-%d')) }}
{%- endmacro -%}
