{#-
    Refuses columns that a relation doesn't have, as far as its columns can be known, and offers the ones that were probably
    meant. `named` maps arguments to their columns; the relation is asked once for all of them.
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
