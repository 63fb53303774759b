{#- The MD5 of an expression's text, 32 lower-case hexadecimal digits on every engine. A long one has lines of its own. -#}
{%- macro _hash(expression) -%}
{%- set hash = dbt.hash('entity_kit_text') | trim -%}
{%- set text_type = dbt.type_string() -%}
{#- What is text already needs no cast, unless its type has a length: Redshift's may cut the text. -#}
{%- set call = hash if expression == "''" or target.type == 'redshift'
    else hash | replace('cast(entity_kit_text as ' ~ text_type ~ ')', 'entity_kit_text') -%}
{%- set line = call | replace('entity_kit_text', expression) -%}
{%- if line | length <= 86 and '\n' not in expression -%}
{{ return(line) }}
{%- endif -%}
{%- set text = '\n    ' ~ expression | indent(4) ~ '\n' -%}
{{ return(call | replace('entity_kit_text ', text) | replace('entity_kit_text', text)) }}
{%- endmacro -%}
