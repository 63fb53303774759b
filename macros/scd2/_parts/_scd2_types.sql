{#-
    The types of a change log's columns, as far as they can be known, with those of `changed_at` as `entity_kit_changed_at`,
    and how the compared columns compare. Refuses a `changed_at` that is text.
-#}
{%- macro _scd2_types(macro_name, changes, found, changed_at, compared) -%}
{%- set types = {} -%}
{%- set compared_columns = [] -%}
{%- for column in found -%}
    {%- do types.update({entity_kit._column(column.name): column.dtype, column.name: column.dtype}) -%}
    {%- if entity_kit._unquoted(changed_at) | lower == column.name | lower -%}
        {%- do entity_kit._require(
            (column.dtype | lower).split('(')[0] not in ['varchar', 'text', 'string', 'character varying', 'character', 'char'],
            macro_name, 'changed_at', 'a date or a timestamp', column.name ~ ', which is ' ~ column.dtype | lower,
            'Text is ordered by its letters: cast it to a timestamp in a CTE or an upstream model.'
        ) -%}
        {%- do types.update({'entity_kit_changed_at': column.dtype}) -%}
    {%- endif -%}
    {%- if entity_kit._column(column.name) in compared -%}
        {%- do compared_columns.append(column) -%}
    {%- endif -%}
{%- endfor -%}
{%- if found -%}
    {%- do types.update(entity_kit._collations(changes, compared_columns)) -%}
{%- endif -%}
{{ return(types) }}
{%- endmacro -%}
