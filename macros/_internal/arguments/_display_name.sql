{#- A node's name as `ref` and our arguments use it, with its version if it has one. -#}
{%- macro _display_name(node) -%}
{%- set version = node['version'] if 'version' in node else none -%}
{{ return(node['name'] if version is none else node['name'] ~ '.v' ~ version) }}
{%- endmacro -%}
