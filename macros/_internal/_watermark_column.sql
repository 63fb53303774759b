{#-
    The target's column that says what was consumed: the one that is named, or the one that is named like `loaded_at`.
    `target_columns` is what `_target_columns` gave. Without that column no run could know where the last one stopped.
-#}
{%- macro _watermark_column(watermark_column, loaded_at, relation, target_columns, macro_name, prefix='') -%}
{%- set argument = prefix ~ 'watermark_column' -%}
{%- if watermark_column is none -%}
    {%- set column = entity_kit._name_in(loaded_at) -%}
    {%- do entity_kit._require(
        column is not none, macro_name, argument, 'given where `loaded_at` is an expression', loaded_at,
        'Name the column of the model that keeps the greatest value of it.'
    ) -%}
{%- else -%}
    {%- set column = entity_kit._string(macro_name, argument, watermark_column) -%}
{%- endif -%}
{%- set is_name = entity_kit._is_word(column) or entity_kit._is_quoted(column) -%}
{%- if target_columns is not none and is_name -%}
    {%- do entity_kit._require(
        entity_kit._unquoted(column) | lower in target_columns, macro_name, argument, 'a column of ' ~ relation, column,
        'Its columns are ' ~ target_columns | join(', ') ~ '. Have the model select the loaded time under that name.'
    ) -%}
{%- endif -%}
{{ return(column) }}
{%- endmacro -%}
