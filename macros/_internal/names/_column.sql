{#-
    A column's name as it is written in SQL. Plain lowercase names stay bare, so that the compiled SQL is readable and
    follows the engine's folding. A name that the user quoted stays as it is. All others are quoted.
-#}
{%- macro _column(name) -%}
{{ return(adapter.dispatch('_column', 'entity_kit')(name)) }}
{%- endmacro -%}

{%- macro default___column(name) -%}
{%- if (entity_kit._is_plain(name) and not entity_kit._is_reserved(name)) or entity_kit._is_quoted(name) -%}
{{ return(name) }}
{%- endif -%}
{{ return(entity_kit._quoted(name)) }}
{%- endmacro -%}

{#- Snowflake folds a bare name to uppercase, so a reserved word that was once written bare must be found that way. -#}
{%- macro snowflake___column(name) -%}
{%- if entity_kit._is_plain(name) and entity_kit._is_reserved(name) -%}
{{ return(entity_kit._quoted(name | upper)) }}
{%- endif -%}
{{ return(entity_kit.default___column(name)) }}
{%- endmacro -%}
