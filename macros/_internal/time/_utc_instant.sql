{#-
    An instant, written out or as an expression (see `_timestamp`), as the plain timestamp that a clock in UTC shows. A
    time that is written out without a zone is that already.
-#}
{%- macro _utc_instant(value) -%}
{%- set text = entity_kit._time_text(value) -%}
{%- if entity_kit._is_time_literal(value) and not entity_kit._names_zone(text) -%}
{{ return("cast('" ~ text | replace("'", "''") ~ "' as " ~ entity_kit._plain_timestamp_type() ~ ')') }}
{%- endif -%}
{{ return(entity_kit._utc(entity_kit._timestamp(value))) }}
{%- endmacro -%}
