{#- One word of any script, so a name rather than an expression: no space, no punctuation, no leading digit. -#}
{%- macro _is_word(text) -%}
{%- set found = namespace(breaker=text | length == 0 or text[0] in '0123456789') -%}
{%- for character in text | list -%}
    {%- if character in ' \t\r\n()[]{}.,;:+-*/%<>=!|&^~?@#$\\\'"`' -%}
        {%- set found.breaker = true -%}
    {%- endif -%}
{%- endfor -%}
{{ return(not found.breaker) }}
{%- endmacro -%}
