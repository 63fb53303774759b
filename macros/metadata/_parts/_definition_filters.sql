{#- The conditions of a filter, in order, with one space where there is white space. -#}
{%- macro _definition_filters(filter) -%}
{%- set found = [] -%}
{%- for each in (filter or {})['where_filters'] or [] -%}
    {%- do found.append(each['where_sql_template'].split() | join(' ')) -%}
{%- endfor -%}
{{ return(found | sort) }}
{%- endmacro -%}
