{#- Whether a value is a date or timestamp literal, with or without SQL quotes, and not an expression. -#}
{%- macro _is_time_literal(value) -%}
{%- set text = entity_kit._time_text(value) -%}
{{ return(text | length >= 10 and text[0] in '0123456789' and text[4] == '-' and text[7] == '-') }}
{%- endmacro -%}
