{#- Any text as a SQL literal, whatever it contains. Names and descriptions get into SQL only through this. -#}
{%- macro _text_literal(value) -%}
{{ return(adapter.dispatch('_text_literal', 'entity_kit')(value)) }}
{%- endmacro -%}

{%- macro default___text_literal(value) -%}
{{ return('null' if value is none else "'" ~ value | string | replace("'", "''") ~ "'") }}
{%- endmacro -%}

{#- A backslash is an escape character there. -#}
{%- macro snowflake___text_literal(value) -%}
{{ return(
    'null' if value is none else "'" ~ value | string | replace('\\', '\\\\') | replace("'", "\\'") ~ "'"
) }}
{%- endmacro -%}

{#- A literal in single quotes can't span several lines there, either. -#}
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
