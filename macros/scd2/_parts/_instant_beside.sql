{#-
    An argument that is an instant, to be compared with a column: a literal of the column's type, where that is known.
    Anything else by `_utc`, and then the column too, as `_beside_instant` gives it.
-#}
{%- macro _instant_beside(value, data_type) -%}
{%- if data_type is not none and entity_kit._is_time_literal(value) -%}
{{ return(entity_kit._timestamp(value, data_type)) }}
{%- endif -%}
{{ return(entity_kit._utc(entity_kit._timestamp(value))) }}
{%- endmacro -%}
