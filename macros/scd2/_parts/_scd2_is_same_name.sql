{#-
    Whether two names mean the same column. Most engines ignore case; if the relation has both spellings, they are two
    columns.
-#}
{%- macro _scd2_is_same_name(one, other, spelled) -%}
{%- set first = entity_kit._unquoted(one) -%}
{%- set second = entity_kit._unquoted(other) -%}
{{ return(first == second or (first | lower == second | lower and not (first in spelled and second in spelled))) }}
{%- endmacro -%}
