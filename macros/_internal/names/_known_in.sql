{#-
    Refuse columns that a relation doesn't have, if its columns are known, and name the closest ones. `named` maps
    arguments to their columns; `columns` are the relation's, if the caller has looked them up.
-#}
{%- macro _known_in(macro_name, relation, named, columns=none) -%}
{%- set found = entity_kit._scd2_columns_of(relation) if columns is none else columns -%}
{%- set known = found | map(attribute='name') | list -%}
{%- if known -%}
    {%- for argument in named -%}
        {%- do entity_kit._scd2_known_columns(macro_name, argument, named[argument], known, relation) -%}
    {%- endfor -%}
{%- endif -%}
{%- endmacro -%}
