{#- Whether an expression may name a table's alias: a dot between two names. `1.5` isn't one; a string might be. -#}
{%- macro _mentions_table(text) -%}
{%- set letters = text | list -%}
{%- set found = namespace(dot=false) -%}
{%- for letter in letters -%}
    {%- if letter == '.' and not loop.first and not loop.last
        and letters[loop.index0 - 1] not in ' 0123456789' and letters[loop.index0 + 1] not in ' 0123456789' -%}
        {%- set found.dot = true -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found.dot) }}
{%- endmacro -%}
