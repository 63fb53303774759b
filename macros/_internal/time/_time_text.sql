{#- An instant as text, without SQL quotes. -#}
{%- macro _time_text(value) -%}
{%- set text = value | string | trim -%}
{%- set is_quoted = text[:1] == "'" and text[-1:] == "'" and "'" not in text[1:-1] -%}
{{ return(text[1:-1] if is_quoted else text) }}
{%- endmacro -%}
