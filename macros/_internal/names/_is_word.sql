{#-
    Whether this is one word of any script, and so a name, not an expression: no space, punctuation, or leading digit.
-#}
{%- macro _is_word(text) -%}
{%- set found = namespace(breaker=text | length == 0 or text[0] in '0123456789') -%}
{%- for character in text | list -%}
    {%- if character in ' \t\r\n()[]{}.,;:+-*/%<>=!|&^~?@#$\\\'"`' -%}
        {%- set found.breaker = true -%}
    {%- endif -%}
{%- endfor -%}
{{ return(not found.breaker) }}
{%- endmacro -%}
