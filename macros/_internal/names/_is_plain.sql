{#- Whether every engine reads a name back unchanged without quotes, apart from reserved words. -#}
{%- macro _is_plain(name) -%}
{{ return(
    name | length > 0
    and name[0] not in '0123456789'
    and name.strip('abcdefghijklmnopqrstuvwxyz0123456789_') == ''
) }}
{%- endmacro -%}
