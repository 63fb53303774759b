{#- The name at the end of a reference (`o.loaded_at`: `loaded_at`), or none for an expression. -#}
{%- macro _name_in(text) -%}
{%- if entity_kit._is_quoted(text) -%}
{{ return(text) }}
{%- endif -%}
{%- set found = namespace(expression=false) -%}
{%- set parts = text.split('.') -%}
{%- for part in parts -%}
    {%- if not (entity_kit._is_word(part) or entity_kit._is_quoted(part)) -%}
        {%- set found.expression = true -%}
    {%- endif -%}
{%- endfor -%}
{{ return(none if found.expression else parts | last) }}
{%- endmacro -%}
