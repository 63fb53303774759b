{#- A model of the project that is described: those of this package are about it. -#}
{%- macro _is_own_model(node) -%}
{{ return(node['resource_type'] == 'model' and node['package_name'] != 'entity_kit') }}
{%- endmacro -%}
