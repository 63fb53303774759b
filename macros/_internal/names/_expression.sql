{#- A key may be a column or an expression: one word is a column's name, anything else is SQL and stays as it is. -#}
{%- macro _expression(text) -%}
{{ return(entity_kit._column(text) if entity_kit._is_word(text) else text) }}
{%- endmacro -%}
