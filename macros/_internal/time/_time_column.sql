{#-
    The argument that names a time, as SQL. A column must exist and be a time, as far as that is known from the
    relation's `columns`.
-#}
{%- macro _time_column(macro_name, argument, value, relation, columns) -%}
{%- set column = entity_kit._expression(entity_kit._string(macro_name, argument, value)) -%}
{%- if entity_kit._is_word(value) or entity_kit._is_quoted(value) -%}
    {%- do entity_kit._known_in(macro_name, relation, {argument: [value]}, columns) -%}
    {%- do entity_kit._require(
        entity_kit._time_kind_of(relation, column, columns) != 'other', macro_name, argument, 'a date or a timestamp', value,
        'This column has another type. Text is ordered by its letters: cast it to a timestamp in a CTE or an upstream model.'
    ) -%}
{%- endif -%}
{{ return(column) }}
{%- endmacro -%}
