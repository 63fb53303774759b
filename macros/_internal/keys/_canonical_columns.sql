{#- Columns for a select, each as `_canonical` spells it and under its own name. -#}
{%- macro _canonical_columns(columns, types, alias=none) -%}
{%- set found = namespace(all=[]) -%}
{%- for column in columns -%}
    {%- set name = column if alias is none else alias ~ '.' ~ column -%}
    {%- set value = entity_kit._canonical(name, types[column] if column in types else none) -%}
    {%- set found.all = found.all + [name if value == name else value ~ ' as ' ~ column] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
