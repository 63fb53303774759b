{#-
    A call of a function, on one line where that is short, else with the arguments on lines of their own. A sum in brackets needs none as an
    argument.
-#}
{%- macro _call(function, arguments, width=100) -%}
{%- set bare = namespace(arguments=[]) -%}
{%- for argument in arguments -%}
    {%- set inner = argument[1:-1] -%}
    {%- set brackets = namespace(open=0, match=argument[:1] == '(' and argument[-1:] == ')') -%}
    {%- for part in inner.split(')')[:-1] if brackets.match -%}
        {%- set brackets.open = brackets.open + part.split('(') | length - 2 -%}
        {%- set brackets.match = brackets.match and brackets.open >= 0 -%}
    {%- endfor -%}
    {%- set bare.arguments = bare.arguments + [inner if brackets.match else argument] -%}
{%- endfor -%}
{%- set call = function ~ '(' ~ bare.arguments | join(', ') ~ ')' -%}
{{ return(
    call if call | length <= width and '\n' not in call
    else function ~ '(\n    ' ~ entity_kit._wrapped(bare.arguments, 96) | indent(4) ~ '\n)'
) }}
{%- endmacro -%}
