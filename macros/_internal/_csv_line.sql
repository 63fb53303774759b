{#-
    Several values as one text that can be taken apart again, so that no two rows share it: a CSV line, in which every
    value stands in double quotes, quotes inside are doubled, and NULL is nothing at all. `types` may give the columns'
    data types by name, where they are known (see `_text`).
-#}
{%- macro _csv_line(columns, types={}) -%}
{%- set parts = namespace(all=[]) -%}
{%- for column in columns -%}
    {%- set text = entity_kit._text(
        entity_kit._expression(column), types[column] if column in types else none
    ) -%}
    {%- set parts.all = parts.all + [
        "coalesce('\"' || replace(" ~ text ~ ", '\"', '\"\"') || '\"', '')"
    ] -%}
{%- endfor -%}
{{ return(parts.all | join(" || ',' || ")) }}
{%- endmacro -%}
