{#- A dbt Relation. In dbt v1 it is a mapping too, so the usual tests of type say nothing: ask for its own part. -#}
{%- macro _is_relation(value) -%}
{{ return(
    value is not undefined
    and value is not none
    and value is not string
    and value.identifier is defined
) }}
{%- endmacro -%}
