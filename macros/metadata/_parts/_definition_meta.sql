{#- A metric's own `config.meta.entity_kit`, or an empty mapping. -#}
{%- macro _definition_meta(metric) -%}
{%- set ours = ((metric['config'] or {})['meta'] or metric['meta'] or {})['entity_kit'] -%}
{{ return(ours if ours is mapping else {}) }}
{%- endmacro -%}
