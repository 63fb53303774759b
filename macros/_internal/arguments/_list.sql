{#- The argument as a list of names or expressions: a single string stands for a list of one. -#}
{%- macro _list(macro_name, argument, value, may_be_empty=false) -%}
{%- set expected = 'a string or a list of strings' -%}
{%- if value is string -%}
    {%- set items = [value] -%}
{%- elif value is undefined or value is none or value is mapping or value is not sequence -%}
    {{ entity_kit._fail(
        macro_name, argument, expected, value,
        'Write \'order_id\' or [\'order_id\', \'line_number\'], each in quotes.'
    ) }}
{%- else -%}
    {%- set items = value | list -%}
{%- endif -%}
{%- do entity_kit._require(
    may_be_empty or items | length > 0, macro_name, argument, expected, value, 'Name at least one.'
) -%}
{%- set seen = namespace(names=[]) -%}
{%- for item in items -%}
    {%- do entity_kit._require(
        item is string and item | trim | length > 0, macro_name, argument, expected, item,
        'Each item is the text of a column name or expression, in quotes.'
    ) -%}
    {%- do entity_kit._require(
        item not in seen.names, macro_name, argument, 'a list without duplicates', value,
        'Name "' ~ item ~ '" once.'
    ) -%}
    {%- set seen.names = seen.names + [item] -%}
{%- endfor -%}
{{ return(items) }}
{%- endmacro -%}
