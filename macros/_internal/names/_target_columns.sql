{#- The lowercase names of the target's columns, or none if there is no target. -#}
{%- macro _target_columns(relation) -%}
{{ return(entity_kit._known_columns(relation)) }}
{%- endmacro -%}
