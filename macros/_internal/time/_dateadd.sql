{#- dbt's `dateadd`, on one line, and keeping the type of what it adds to. -#}
{%- macro _dateadd(unit, number, expression) -%}
{{ return(adapter.dispatch('_dateadd', 'entity_kit')(unit, number, expression)) }}
{%- endmacro -%}

{%- macro default___dateadd(unit, number, expression) -%}
{%- set operand = expression if entity_kit._is_word(expression) else '(' ~ expression ~ ')' -%}
{{ return(dbt.dateadd(unit, number, operand) | trim) }}
{%- endmacro -%}

{#- dbt's own gives a DATETIME from any type there, which can't be compared with a TIMESTAMP. -#}
{%- macro bigquery___dateadd(unit, number, expression) -%}
{{ return('(' ~ expression ~ ' + interval ' ~ number ~ ' ' ~ unit ~ ')') }}
{%- endmacro -%}

{#- dbt's own there counts in whole seconds, makes a timestamp of a date, and stops the query at a NULL. -#}
{%- macro spark___dateadd(unit, number, expression) -%}
{{ return('(' ~ expression ~ ' + interval ' ~ number ~ ' ' ~ unit ~ ')') }}
{%- endmacro -%}

{#- `date_add` counts milliseconds and more there. A plain timestamp in UTC goes by way of the time since 1970. -#}
{%- macro trino___dateadd(unit, number, expression) -%}
{{ return(
    entity_kit.trino___utc(expression, number) if unit == 'microsecond'
    else entity_kit.default___dateadd(unit, number, expression)
) }}
{%- endmacro -%}

{%- macro databricks___dateadd(unit, number, expression) -%}
{{ return(entity_kit.default___dateadd(unit, number, expression)) }}
{%- endmacro -%}
