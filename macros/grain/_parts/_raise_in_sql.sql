{#- An expression that stops the query with a message of its own, itself an SQL text, where it is evaluated. -#}
{%- macro _raise_in_sql(message, data_type) -%}
{{ return(adapter.dispatch('_raise_in_sql', 'entity_kit')(message, data_type)) }}
{%- endmacro -%}

{#- No text of ours is a number, and engines show the text that they can't convert. -#}
{%- macro default___raise_in_sql(message, data_type) -%}
{{ return('cast(cast(' ~ message ~ ' as ' ~ dbt.type_string() ~ ') as ' ~ data_type ~ ')') }}
{%- endmacro -%}

{%- macro duckdb___raise_in_sql(message, data_type) -%}
{{ return('cast(error(' ~ message ~ ') as ' ~ data_type ~ ')') }}
{%- endmacro -%}

{%- macro bigquery___raise_in_sql(message, data_type) -%}
{{ return('cast(error(' ~ message ~ ') as ' ~ data_type ~ ')') }}
{%- endmacro -%}

{#- Without its ANSI mode, which dbt turns off, a text that is no date would be NULL there. -#}
{%- macro spark___raise_in_sql(message, data_type) -%}
{{ return('cast(raise_error(' ~ message ~ ') as ' ~ data_type ~ ')') }}
{%- endmacro -%}
