{#- Refuse a column that the relation doesn't have, and name the closest one. -#}
{%- macro _scd2_known_columns(macro_name, argument, columns, known, relation) -%}
{%- set lower = known | map('lower') | list -%}
{%- for column in columns -%}
    {%- set name = entity_kit._unquoted(column) -%}
    {%- if name | lower not in lower -%}
        {%- set closest = entity_kit._closest(name, known) -%}
        {{ entity_kit._fail(
            macro_name, argument, ('a column' if columns | length == 1 else 'columns') ~ ' of ' ~ relation, name,
            'Closest: ' ~ closest ~ '.' if closest is not none else 'Its columns are ' ~ known | join(', ') ~ '.'
        ) }}
    {%- endif -%}
{%- endfor -%}
{%- endmacro -%}
