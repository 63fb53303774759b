{#-
    An instant as SQL: a date or timestamp, written out or as a Jinja value, becomes a typed literal; anything else is
    an expression. A literal that names a zone keeps it: some engines drop it without a word in a cast to timestamp.
-#}
{%- macro _timestamp(value) -%}
{%- set text = (value if value is string else value | string) | trim -%}
{%- set is_literal = text | length >= 10 and text[0] in '0123456789' and text[4] == '-' and text[7] == '-' -%}
{%- if not is_literal -%}
{{ return(entity_kit._expression(text)) }}
{%- endif -%}
{%- set clock = text[10:] | upper -%}
{%- set type = entity_kit._zoned_timestamp_type() if '+' in clock or '-' in clock or 'Z' in clock
    else dbt.type_timestamp() -%}
{{ return("cast('" ~ text | replace("'", "''") ~ "' as " ~ type ~ ')') }}
{%- endmacro -%}
