{#- Leaves it to the neighbour, as a project does that takes a house rule from a package. -#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
{{ return(named_schemas.generate_schema_name(custom_schema_name, node)) }}
{%- endmacro -%}
