{#-
    A row's columns one by one, as the end of an `order by`. NULL sorts last, as within DuckDB's rows. Types that
    contain a word of `as_json` are ordered by their JSON. Those with a word of `without_order`, which the engine can't
    sort by, are left out. The types of a CTE's columns aren't known.
-#}
{%- macro _order_by_columns(
    alias, relation, used, macro_name, argument, used_argument=none, is_alone=false, as_json=[], without_order=[]
) -%}
{%- set is_cte = relation is string or (execute and relation.is_cte) -%}
{%- do entity_kit._require(
    not is_cte or used is not none, macro_name, argument,
    'a relation' if used_argument is none else 'a relation, or a CTE with `' ~ used_argument ~ '`', relation,
    'Versions of a row that tie are ordered by their columns, and the columns of a CTE aren\'t known while dbt compiles: '
    ~ ('make it a view.' if used_argument is none else 'list those that the model uses, or make it a view.')
) -%}
{%- set before = '' if is_alone else alias ~ '.' -%}
{%- set parts = namespace(all=[]) -%}
{%- if is_cte -%}
    {%- for name in used -%}
        {%- set parts.all = parts.all + [before ~ name ~ ' desc nulls first'] -%}
    {%- endfor -%}
{%- else -%}
    {%- for column in entity_kit._columns_in(relation, macro_name, argument) -%}
        {%- set type = namespace(is_json=false, has_order=true) -%}
        {%- for word in entity_kit._words_in(column.dtype) -%}
            {%- set type.is_json = type.is_json or word in as_json -%}
            {%- set type.has_order = type.has_order and word not in without_order -%}
        {%- endfor -%}
        {%- set value = before ~ entity_kit._column(column.name) -%}
        {%- if type.has_order -%}
            {%- set ordered = 'json_format(cast(' ~ value ~ ' as json))' if type.is_json else value -%}
            {%- set parts.all = parts.all + [ordered ~ ' desc nulls first'] -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{#- While dbt parses there are none, and the SQL is discarded. -#}
{{ return(entity_kit._wrapped(parts.all if parts.all else [alias], 96)) }}
{%- endmacro -%}
