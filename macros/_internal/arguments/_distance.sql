{#- The Levenshtein distance of two words, row by row. -#}
{%- macro _distance(one, other) -%}
{%- set columns = other | list -%}
{%- set state = namespace(above=range(columns | length + 1) | list, row=[]) -%}
{%- for letter in one | list -%}
    {%- set state.row = [loop.index] -%}
    {%- for candidate in columns -%}
        {%- set steps = [
            state.above[loop.index] + 1,
            state.row[loop.index0] + 1,
            state.above[loop.index0] + (0 if letter == candidate else 1)
        ] -%}
        {%- set state.row = state.row + [steps | min] -%}
    {%- endfor -%}
    {%- set state.above = state.row -%}
{%- endfor -%}
{{ return(state.above | last) }}
{%- endmacro -%}
