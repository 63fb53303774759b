{#- Refuse columns that a relation doesn't have, if its columns are known. -#}
{%- macro _scd2_must_have(macro_name, argument, columns, relation) -%}
{%- set known = namespace(names=[]) -%}
{%- for column in entity_kit._scd2_columns_of(relation) -%}
    {%- set known.names = known.names + [column.name] -%}
{%- endfor -%}
{%- if known.names -%}
    {%- do entity_kit._scd2_known_columns(macro_name, argument, columns, known.names, relation) -%}
{%- endif -%}
{%- endmacro -%}
