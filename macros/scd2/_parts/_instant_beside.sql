{#-
    An instant argument, for comparison with a column: a literal of the column's type, if that is known. Anything else
    uses `_utc`, and then so does the column, through `_beside_instant`.
-#}
{%- macro _instant_beside(value, data_type) -%}
{%- if data_type is not none and entity_kit._is_time_literal(value) -%}
{{ return(entity_kit._timestamp(value, data_type)) }}
{%- endif -%}
{{ return(entity_kit._utc(entity_kit._timestamp(value))) }}
{%- endmacro -%}
