{#- What `deprecate` recorded for a node of the graph, or none. -#}
{%- macro _deprecation_of(node) -%}
{%- set meta = (node['config'] or {})['meta'] or {} -%}
{{ return(meta['entity_kit_deprecation'] if 'entity_kit_deprecation' in meta else none) }}
{%- endmacro -%}
