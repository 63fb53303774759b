{#-
    The data types of a relation's columns by name, as `_canonical` needs them: '' for types with one spelling per
    value, which keeps their SQL short. Nothing is known about a CTE or a relation that isn't built yet.
    `known` are the relation's columns, if the caller has looked them up.
-#}
{%- macro _key_types(relation, columns, known=none) -%}
{%- set types = {} -%}
{%- set found = [] -%}
{%- for column in (entity_kit._scd2_columns_of(relation) if known is none else known) -%}
    {%- if entity_kit._column(column.name) in columns -%}
        {%- do found.append(column) -%}
    {%- endif -%}
{%- endfor -%}
{%- set collated = entity_kit._collations(relation, found) -%}
{%- for column in found -%}
    {%- set name = entity_kit._column(column.name) -%}
    {%- set type = collated.get(name, column.dtype) -%}
    {%- set has_spellings = entity_kit._text('x', type) != entity_kit._text('x', '') -%}
    {%- do types.update({name: type if has_spellings else ''}) -%}
{%- endfor -%}
{{ return(types) }}
{%- endmacro -%}
