{#- The names of the target's columns in lower case, or none where there is no target to ask. -#}
{%- macro _target_columns(relation) -%}
{{ return(entity_kit._known_columns(relation)) }}
{%- endmacro -%}
