{#- The data type of a column among a relation's columns, or none if it isn't among them. -#}
{%- macro _type_among(columns, name) -%}
{%- set wanted = entity_kit._unquoted(name) -%}
{%- set found = namespace(type=none) -%}
{%- for column in columns if column.name | lower == wanted | lower -%}
    {%- if found.type is none or column.name == wanted -%}
        {%- set found.type = column.dtype -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found.type) }}
{%- endmacro -%}
