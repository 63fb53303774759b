{#-
    The kind of a relation's column of times, as `_time_kind` names it, or none if it isn't known. Snowflake shows plain
    names in uppercase. `columns` are the relation's, if the caller has looked them up.
-#}
{%- macro _time_kind_of(relation, column, columns=none) -%}
{%- set kinds = [] -%}
{%- for each in (entity_kit._scd2_columns_of(relation) if columns is none else columns) -%}
    {%- if each.name | lower == column or entity_kit._column(each.name) == column -%}
        {%- do kinds.append(entity_kit._time_kind(each.dtype)) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(kinds[0] if kinds | length == 1 else none) }}
{%- endmacro -%}
