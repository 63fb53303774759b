{#- A column's name without the quotes that `_column` may have put around it. -#}
{%- macro _bare(name) -%}
{%- set mark = adapter.quote('x') | first -%}
{{ return(name[1:-1] | replace(mark ~ mark, mark) if entity_kit._is_quoted(name) else name) }}
{%- endmacro -%}
