{#- Whether a value is a dbt Relation. In dbt v1 it is also a mapping, so check for an attribute that only it has. -#}
{%- macro _is_relation(value) -%}
{{ return(
    value is not undefined
    and value is not none
    and value is not string
    and value.identifier is defined
) }}
{%- endmacro -%}
