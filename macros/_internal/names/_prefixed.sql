{#- The columns with an alias before each. -#}
{%- macro _prefixed(alias, columns) -%}
{%- set found = namespace(all=[]) -%}
{%- for column in columns -%}
    {%- set found.all = found.all + [alias ~ '.' ~ column] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
