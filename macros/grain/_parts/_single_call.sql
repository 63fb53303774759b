{#- The function's name if an expression is a single call of it, as in `sum(amount)`; otherwise none.
    A `filter (where …)` belongs to the call. -#}
{%- macro _single_call(expression) -%}
{%- set text = expression | trim | lower -%}
{%- set called = text.split('(')[0] | trim -%}
{%- set state = namespace(depth=0, ended=false, broken=not entity_kit._is_word(called), rest='') -%}
{%- for character in text | list -%}
    {%- if state.ended -%}
        {%- set state.rest = state.rest ~ character -%}
    {%- elif character == '(' -%}
        {%- set state.depth = state.depth + 1 -%}
    {%- elif character == ')' -%}
        {%- set state.depth = state.depth - 1 -%}
        {%- set state.ended = state.depth == 0 -%}
    {%- endif -%}
{%- endfor -%}
{%- if state.rest | trim != '' and (called == 'filter' or entity_kit._single_call(state.rest) != 'filter') -%}
    {%- set state.broken = true -%}
{%- endif -%}
{{ return(none if state.broken else called) }}
{%- endmacro -%}
