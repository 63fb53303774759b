{#-
    The target's column that records what was read: the given one, or the one named like `loaded_at`. `target_columns`
    comes from `_target_columns`. Without this column no run could know where the last one stopped.
-#}
{%- macro _watermark_column(watermark_column, loaded_at, relation, target_columns, macro_name, prefix='') -%}
{%- set argument = prefix ~ 'watermark_column' -%}
{%- if watermark_column is none -%}
    {%- set column = entity_kit._name_in(loaded_at) -%}
    {%- do entity_kit._require(
        column is not none, macro_name, argument, 'set if `loaded_at` is an expression', loaded_at,
        'Name the model\'s column that stores its greatest value.'
    ) -%}
{%- else -%}
    {%- set column = entity_kit._string(macro_name, argument, watermark_column) -%}
{%- endif -%}
{%- do entity_kit._has_column(
    column, target_columns, relation, macro_name, argument, 'Have the model select the loaded time under that name.'
) -%}
{{ return(column) }}
{%- endmacro -%}
