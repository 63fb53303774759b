{#- Replaces entity_kit's macro through dispatch, with a hash that shows where it comes from. -#}
{%- macro default__hashdiff(columns) -%}
{{ return("'interop-' || " ~ entity_kit.default__hashdiff(columns)) }}
{%- endmacro -%}
