{#- Check column names and return them as written in SQL: names only, no expressions, none already taken. -#}
{%- macro _column_names(macro_name, argument, value, taken=[], may_be_empty=false) -%}
{%- set found = namespace(all=[]) -%}
{%- for name in entity_kit._list(macro_name, argument, value, may_be_empty) -%}
    {%- do entity_kit._require(
        entity_kit._is_word(name) or entity_kit._is_quoted(name),
        macro_name, argument, 'names of columns', name,
        'Give the expression a name in a CTE or an upstream model.'
    ) -%}
    {%- do entity_kit._require(
        name | lower not in taken, macro_name, argument, 'names that no other column of the table has', name,
        'Rename it in a CTE or an upstream model.'
    ) -%}
    {%- set found.all = found.all + [entity_kit._column(name)] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
