{#- Whether every engine reads a name back unchanged without quotes, apart from reserved words. -#}
{%- macro _is_plain(name) -%}
{%- set found = namespace(other=name | length == 0 or name[0] in '0123456789') -%}
{%- for character in name | list -%}
    {%- if character not in 'abcdefghijklmnopqrstuvwxyz0123456789_' -%}
        {%- set found.other = true -%}
    {%- endif -%}
{%- endfor -%}
{{ return(not found.other) }}
{%- endmacro -%}
