{#- The lowercase words of a SQL expression outside of string literals: the columns that it may name. -#}
{%- macro _words_in(expression) -%}
{%- set found = namespace(words=[], word='', in_literal=false) -%}
{%- for character in (expression ~ ' ') | list -%}
    {%- if character == "'" -%}
        {%- set found.in_literal = not found.in_literal -%}
    {%- endif -%}
    {%- if found.in_literal or character in ' \t\r\n()[]{}.,;:+-*/%<>=!|&^~?@#$\\\'"`' -%}
        {%- if found.word -%}
            {%- set found.words = found.words + [found.word | lower] -%}
        {%- endif -%}
        {%- set found.word = '' -%}
    {%- else -%}
        {%- set found.word = found.word ~ character -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found.words) }}
{%- endmacro -%}
