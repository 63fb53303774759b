{#-
    The columns of a test of a rate, as written in SQL: the one that the test stands below in YAML, or those of `columns`.
    A name of several words is quoted if the model has it.
-#}
{%- macro _rate_columns(macro_name, relation, column_name, columns) -%}
{%- set argument = 'columns' if column_name is none else 'column_name' -%}
{%- do entity_kit._require(
    columns is none or column_name is none, macro_name, 'columns', 'left out where the test stands below a column',
    columns, 'Write the test below the model to test several columns.'
) -%}
{%- set names = entity_kit._list(macro_name, argument, columns if column_name is none else column_name) -%}
{%- set known = namespace(names=[]) -%}
{%- for column in entity_kit._scd2_columns_of(relation) -%}
    {%- set known.names = known.names + [column.name] -%}
{%- endfor -%}
{%- if known.names -%}
    {%- do entity_kit._scd2_known_columns(macro_name, argument, names, known.names, relation) -%}
{%- endif -%}
{%- set found = namespace(all=[]) -%}
{%- for name in names -%}
    {%- if entity_kit._is_word(name) or entity_kit._is_quoted(name) -%}
        {%- set found.all = found.all + [entity_kit._column(name)] -%}
    {%- else -%}
        {%- do entity_kit._require(
            known.names or not execute, macro_name, argument, 'names of columns', name,
            'Quote a name that is more than one word. Give an expression a name in an upstream model.'
        ) -%}
        {%- set found.all = found.all + [entity_kit._quoted(name)] -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
