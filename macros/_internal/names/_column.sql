{#-
    A column's name as it is written into SQL. Plain lower-case names stay bare, so that the compiled SQL reads well
    and follows the engine's own folding; a name that the user has quoted stays; all others are quoted.
-#}
{%- macro _column(name) -%}
{{ return(adapter.dispatch('_column', 'entity_kit')(name)) }}
{%- endmacro -%}

{%- macro default___column(name) -%}
{%- if entity_kit._is_quoted(name) or (entity_kit._is_plain(name) and not entity_kit._is_reserved(name)) -%}
{{ return(name) }}
{%- endif -%}
{{ return(entity_kit._quoted(name)) }}
{%- endmacro -%}

{#- A bare name is folded to upper case there, so a reserved word that was once written bare is found as such. -#}
{%- macro snowflake___column(name) -%}
{%- if entity_kit._is_plain(name) and entity_kit._is_reserved(name) -%}
{{ return(entity_kit._quoted(name | upper)) }}
{%- endif -%}
{{ return(entity_kit.default___column(name)) }}
{%- endmacro -%}
