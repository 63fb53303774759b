{#- The function's name if an expression is a single call of it, as in `sum(amount)`; otherwise none. -#}
{%- macro _single_call(expression) -%}
{%- set text = expression | trim | lower -%}
{%- set called = text.split('(')[0] | trim -%}
{%- set state = namespace(depth=0, ended=false, broken=not entity_kit._is_word(called)) -%}
{%- for character in text | list -%}
    {%- if state.ended -%}
        {%- set state.broken = true -%}
    {%- elif character == '(' -%}
        {%- set state.depth = state.depth + 1 -%}
    {%- elif character == ')' -%}
        {%- set state.depth = state.depth - 1 -%}
        {%- set state.ended = state.depth == 0 -%}
    {%- endif -%}
{%- endfor -%}
{{ return(none if state.broken else called) }}
{%- endmacro -%}
