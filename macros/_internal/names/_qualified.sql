{#-
    A column of the table with this alias. Without the alias a name that the inner table lacks would be taken from the
    outer query, and the predicate would be wrong without an error. An expression stays as it is.
-#}
{%- macro _qualified(alias, text) -%}
{%- if entity_kit._is_word(text) or entity_kit._is_quoted(text) -%}
{{ return(alias ~ '.' ~ entity_kit._column(text)) }}
{%- endif -%}
{{ return(text) }}
{%- endmacro -%}
