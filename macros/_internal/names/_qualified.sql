{#-
    A column qualified with this alias. Without it, a name that the inner table lacks would be taken from the outer
    query, and the predicate would be silently wrong. An expression is unchanged.
-#}
{%- macro _qualified(alias, text) -%}
{%- if entity_kit._is_word(text) or entity_kit._is_quoted(text) -%}
{{ return(alias ~ '.' ~ entity_kit._column(text)) }}
{%- endif -%}
{{ return(text) }}
{%- endmacro -%}
