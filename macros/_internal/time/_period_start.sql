{#- The start of the period of a plain timestamp: a date, or for hours a timestamp. -#}
{%- macro _period_start(grain, expression) -%}
{{ return(adapter.dispatch('_period_start', 'entity_kit')(grain, expression)) }}
{%- endmacro -%}

{%- macro default___period_start(grain, expression) -%}
{%- if grain == 'day' -%}
{{ return('cast(' ~ expression ~ ' as date)') }}
{%- endif -%}
{%- set start = dbt.date_trunc(grain, expression) | trim -%}
{{ return(start if grain == 'hour' else 'cast(' ~ start ~ ' as date)') }}
{%- endmacro -%}

{#- On Snowflake the week starts on the day that the account's WEEK_START says. -#}
{%- macro snowflake___period_start(grain, expression) -%}
{%- if grain == 'week' -%}
{{ return("dateadd('day', 1 - dayofweekiso(" ~ expression ~ '), cast(' ~ expression ~ ' as date))') }}
{%- endif -%}
{{ return(entity_kit.default___period_start(grain, expression)) }}
{%- endmacro -%}

{%- macro bigquery___period_start(grain, expression) -%}
{%- if grain == 'hour' -%}
{{ return('datetime_trunc(' ~ expression ~ ', hour)') }}
{%- endif -%}
{{ return('date_trunc(cast(' ~ expression ~ ' as date), ' ~ ('isoweek' if grain == 'week' else grain) ~ ')') }}
{%- endmacro -%}
