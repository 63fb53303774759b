{#-
    Refuse columns that a relation doesn't have, if its columns are known, and name the closest ones. `named` maps
    arguments to their columns, so that the relation is looked up once for all of them.
-#}
{%- macro _known_in(macro_name, relation, named) -%}
{%- set known = namespace(names=[]) -%}
{%- for column in entity_kit._scd2_columns_of(relation) -%}
    {%- set known.names = known.names + [column.name] -%}
{%- endfor -%}
{%- if known.names -%}
    {%- for argument in named -%}
        {%- do entity_kit._scd2_known_columns(macro_name, argument, named[argument], known.names, relation) -%}
    {%- endfor -%}
{%- endif -%}
{%- endmacro -%}
