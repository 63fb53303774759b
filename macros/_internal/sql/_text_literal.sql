{#- Any text as an SQL literal, whatever it contains: the only way by which names and descriptions get into SQL. -#}
{%- macro _text_literal(value) -%}
{{ return(adapter.dispatch('_text_literal', 'entity_kit')(value)) }}
{%- endmacro -%}

{%- macro default___text_literal(value) -%}
{{ return('null' if value is none else "'" ~ value | string | replace("'", "''") ~ "'") }}
{%- endmacro -%}

{#- A backslash escapes there. -#}
{%- macro snowflake___text_literal(value) -%}
{{ return(
    'null' if value is none else "'" ~ value | string | replace('\\', '\\\\') | replace("'", "\\'") ~ "'"
) }}
{%- endmacro -%}

{#- Nor may a literal in single quotes go over several lines there. -#}
{%- macro bigquery___text_literal(value) -%}
{{ return(
    'null' if value is none
    else entity_kit.snowflake___text_literal(value) | replace('\r', '\\r') | replace('\n', '\\n')
) }}
{%- endmacro -%}

{%- macro spark___text_literal(value) -%}
{{ return(entity_kit.snowflake___text_literal(value)) }}
{%- endmacro -%}

{%- macro databricks___text_literal(value) -%}
{{ return(entity_kit.snowflake___text_literal(value)) }}
{%- endmacro -%}

{%- macro redshift___text_literal(value) -%}
{{ return(entity_kit.snowflake___text_literal(value)) }}
{%- endmacro -%}
