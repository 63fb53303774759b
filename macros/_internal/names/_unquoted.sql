{#- The name itself, without the user's quotes. -#}
{%- macro _unquoted(name) -%}
{%- set mark = adapter.quote('x') | first -%}
{{ return(name[1:-1] | replace(mark ~ mark, mark) if entity_kit._is_quoted(name) else name) }}
{%- endmacro -%}
