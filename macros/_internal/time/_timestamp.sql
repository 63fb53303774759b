{#-
    An instant as SQL, in the type of what it is compared with, if that is known. A date or timestamp, as a literal or
    a Jinja value, becomes a typed literal; anything else is an expression. A time without a zone is UTC, whatever the
    session's zone. If the type isn't known, the literal is zoned if it has a zone, which some engines would silently
    drop in a cast to timestamp; `_utc` reads both.
-#}
{%- macro _timestamp(value, data_type=none) -%}
{%- if not entity_kit._is_time_literal(value) -%}
{{ return(entity_kit._expression(value | string | trim)) }}
{%- endif -%}
{%- set text = entity_kit._time_text(value) | replace("'", "''") -%}
{%- set kind = entity_kit._time_kind(data_type) -%}
{%- if kind == 'date' and text | length == 10 -%}
{{ return("cast('" ~ text ~ "' as date)") }}
{%- endif -%}
{%- set is_zoned = kind is not none and 'zoned' in kind -%}
{%- set zoned_type = data_type if kind == 'zoned nanoseconds' else entity_kit._zoned_timestamp_type() -%}
{%- set plain_type = data_type if kind == 'plain nanoseconds' else entity_kit._plain_timestamp_type() -%}
{#- On Spark the plain literal would be read in the session's zone. -#}
{%- set reads_session = kind is none and zoned_type == plain_type -%}
{%- if is_zoned or reads_session or entity_kit._names_zone(text) -%}
    {%- set instant = "cast('" ~ entity_kit._utc_text(text) ~ "' as " ~ zoned_type ~ ')' -%}
{{ return(instant if is_zoned or kind is none else entity_kit._utc(instant)) }}
{%- endif -%}
{{ return("cast('" ~ text ~ "' as " ~ plain_type ~ ')') }}
{%- endmacro -%}
