{#-
    The data types of a relation's columns by name, as `_canonical` wants them: '' for those whose values have one
    spelling each, so that their SQL stays as short as it is. None are known of a CTE, nor of what isn't built yet.
-#}
{%- macro _key_types(relation, columns) -%}
{%- set types = {} -%}
{%- for column in entity_kit._scd2_columns_of(relation) -%}
    {%- set name = entity_kit._column(column.name) -%}
    {%- if name in columns or column.name in columns -%}
        {%- set has_spellings = entity_kit._canonical_text('x', column.dtype) != entity_kit._canonical_text('x', '') -%}
        {%- do types.update({name: column.dtype if has_spellings else ''}) -%}
        {%- do types.update({column.name: types[name]}) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(types) }}
{%- endmacro -%}
