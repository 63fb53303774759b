{#-
    The names of the target's columns in lower case, or none where they can't be known: no incremental run, or the name
    of a CTE, which is what `this` is in a unit test.
-#}
{%- macro _target_columns(relation) -%}
{%- if relation is string or not is_incremental() -%}
{{ return(none) }}
{%- endif -%}
{%- set names = namespace(all=[]) -%}
{%- for column in adapter.get_columns_in_relation(relation) -%}
    {%- set names.all = names.all + [column.name | lower] -%}
{%- endfor -%}
{{ return(names.all) }}
{%- endmacro -%}
