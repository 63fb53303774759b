{#- Calls the other package's macro, as a project does that follows a package's rule. -#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
{{ return(named_schemas.generate_schema_name(custom_schema_name, node)) }}
{%- endmacro -%}
