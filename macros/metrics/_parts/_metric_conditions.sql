{#- The texts of a filter as a list; none if there is no filter. -#}
{%- macro _metric_conditions(filter) -%}
{%- set found = namespace(all=[]) -%}
{%- for each in (filter['where_filters'] if filter else []) -%}
    {%- set found.all = found.all + [each['where_sql_template']] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
