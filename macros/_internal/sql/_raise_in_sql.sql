{#- An expression that stops the query with a message (a SQL text) when it is evaluated. -#}
{%- macro _raise_in_sql(message, data_type) -%}
{{ return(adapter.dispatch('_raise_in_sql', 'entity_kit')('\n    ' ~ message | indent(4) ~ '\n', data_type)) }}
{%- endmacro -%}

{#- Our text isn't a number, and engines show the text that they can't convert. -#}
{%- macro default___raise_in_sql(message, data_type) -%}
{{ return('cast(cast(' ~ message ~ 'as ' ~ dbt.type_string() ~ ') as ' ~ data_type ~ ')') }}
{%- endmacro -%}

{%- macro duckdb___raise_in_sql(message, data_type) -%}
{{ return('cast(error(' ~ message ~ ') as ' ~ data_type ~ ')') }}
{%- endmacro -%}

{%- macro bigquery___raise_in_sql(message, data_type) -%}
{{ return('cast(error(' ~ message ~ ') as ' ~ data_type ~ ')') }}
{%- endmacro -%}

{#- Without ANSI mode, which dbt turns off, a text that isn't a date would be NULL on Spark. -#}
{%- macro spark___raise_in_sql(message, data_type) -%}
{{ return('cast(raise_error(' ~ message ~ ') as ' ~ data_type ~ ')') }}
{%- endmacro -%}
