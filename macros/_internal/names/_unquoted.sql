{#- The name itself, without the user's quotes. -#}
{%- macro _unquoted(name) -%}
{%- if not entity_kit._is_quoted(name) -%}
{{ return(name) }}
{%- endif -%}
{%- set mark = name[0] -%}
{{ return(name[1:-1] | replace(mark ~ mark, mark)) }}
{%- endmacro -%}
