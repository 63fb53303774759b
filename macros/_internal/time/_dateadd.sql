{#- dbt's `dateadd`, on one line, and keeping the type of what it adds to. -#}
{%- macro _dateadd(unit, number, expression) -%}
{{ return(adapter.dispatch('_dateadd', 'entity_kit')(unit, number, expression)) }}
{%- endmacro -%}

{%- macro default___dateadd(unit, number, expression) -%}
{{ return(entity_kit._dbt_dateadd(unit, number, expression)) }}
{%- endmacro -%}

{%- macro duckdb___dateadd(unit, number, expression) -%}
{{ return('(' ~ expression ~ " + interval '" ~ number ~ ' ' ~ unit ~ "')") }}
{%- endmacro -%}

{%- macro postgres___dateadd(unit, number, expression) -%}
{{ return(entity_kit.duckdb___dateadd(unit, number, expression)) }}
{%- endmacro -%}

{%- macro redshift___dateadd(unit, number, expression) -%}
{{ return(entity_kit.default___dateadd(unit, number, expression)) }}
{%- endmacro -%}

{#- dbt's own macro returns a DATETIME from any type on BigQuery, which can't be compared with a TIMESTAMP. -#}
{%- macro bigquery___dateadd(unit, number, expression) -%}
{{ return('(' ~ expression ~ ' + interval ' ~ number ~ ' ' ~ unit ~ ')') }}
{%- endmacro -%}

{#- dbt's own macro for Spark counts whole seconds, turns a date into a timestamp, and fails on NULL. -#}
{%- macro spark___dateadd(unit, number, expression) -%}
{{ return('(' ~ expression ~ ' + interval ' ~ number ~ ' ' ~ unit ~ ')') }}
{%- endmacro -%}

{#- On Trino, `date_add` counts milliseconds or larger units. A plain timestamp in UTC uses the time since 1970. -#}
{%- macro trino___dateadd(unit, number, expression) -%}
{{ return(
    entity_kit.trino___utc(expression, number) if unit == 'microsecond'
    else entity_kit.default___dateadd(unit, number, expression)
) }}
{%- endmacro -%}

{%- macro databricks___dateadd(unit, number, expression) -%}
{{ return(entity_kit.default___dateadd(unit, number, expression)) }}
{%- endmacro -%}
