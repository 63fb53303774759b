{#- Refuse a name that isn't among the known columns of a relation. Expressions aren't checked. -#}
{%- macro _has_column(text, known_columns, relation, macro_name, argument, fix) -%}
{%- if known_columns is not none and (entity_kit._is_word(text) or entity_kit._is_quoted(text)) -%}
    {%- do entity_kit._require(
        entity_kit._unquoted(text) | lower in known_columns, macro_name, argument, 'a column of ' ~ relation, text,
        'Its columns are ' ~ known_columns | join(', ') ~ '. ' ~ fix
    ) -%}
{%- endif -%}
{%- endmacro -%}
