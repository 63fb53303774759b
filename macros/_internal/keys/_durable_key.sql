{#- One hash per entity: NULL-safe and delimiter-safe, from the business key in the order given. -#}
{%- macro _durable_key(columns, types={}, alias=none) -%}
{{ return(entity_kit._hash(entity_kit._csv_line(columns, types, alias))) }}
{%- endmacro -%}
