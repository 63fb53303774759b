{#-
    The lowercase names of a relation's columns, if an incremental run can look them up. None for a CTE, which
    ephemeral models are, and all inputs of a unit test.
-#}
{%- macro _known_columns(relation) -%}
{%- if not execute or not is_incremental() or relation is none or relation is string or relation.is_cte -%}
{{ return(none) }}
{%- endif -%}
{%- set names = namespace(all=[]) -%}
{%- for column in adapter.get_columns_in_relation(relation) -%}
    {%- set names.all = names.all + [column.name | lower] -%}
{%- endfor -%}
{{ return(names.all if names.all else none) }}
{%- endmacro -%}
