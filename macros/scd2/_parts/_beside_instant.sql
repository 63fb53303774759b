{#- A column, to be compared with what `_instant_beside` makes of the value. -#}
{%- macro _beside_instant(column, value, data_type) -%}
{{ return(column if data_type is not none and entity_kit._is_time_literal(value) else entity_kit._utc(column)) }}
{%- endmacro -%}
