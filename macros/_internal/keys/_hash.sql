{#- The MD5 of an expression's text, 32 lower-case hexadecimal digits on every engine. A long one has lines of its own. -#}
{%- macro _hash(expression) -%}
{%- set call = dbt.hash('entity_kit_text') | trim -%}
{%- if call | length + expression | length <= 96 and '\n' not in expression -%}
{{ return(call | replace('entity_kit_text', expression)) }}
{%- endif -%}
{%- set text = '\n    ' ~ expression | indent(4) ~ '\n' -%}
{{ return(call | replace('entity_kit_text ', text) | replace('entity_kit_text', text)) }}
{%- endmacro -%}
