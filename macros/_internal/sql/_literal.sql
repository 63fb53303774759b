{#- A Jinja value as SQL: text is quoted; numbers, booleans, and none are written as they are. -#}
{%- macro _literal(value) -%}
{%- if value is none -%}
{{ return('null') }}
{%- elif value is boolean -%}
{{ return('true' if value else 'false') }}
{%- elif value is number -%}
{{ return(value | string) }}
{%- endif -%}
{{ return(entity_kit._text_literal(value)) }}
{%- endmacro -%}
