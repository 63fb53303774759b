{#- Columns in their relation's order, if its column names are known. -#}
{%- macro _scd2_in_relations_order(columns, known) -%}
{%- set found = namespace(all=[]) -%}
{%- for name in known -%}
    {%- for column in columns if entity_kit._unquoted(column) | lower == name | lower -%}
        {%- set found.all = found.all + [column] -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(found.all if known else columns) }}
{%- endmacro -%}
