{#-
    The end of an open version in the type of `changed_at`, where that is known: a date stays a date, and beside zoned
    timestamps a time without a zone is UTC, whatever the session's own zone.
-#}
{%- macro _scd2_open_end(value, data_type) -%}
{%- set text = value | string | trim -%}
{%- set type = data_type | lower if data_type is not none else '' -%}
{%- set is_date = text | length == 10 and text[4] == '-' and text[7] == '-' -%}
{%- set is_time = text | length > 10 and text[4] == '-' and text[7] == '-' and text[0] in '0123456789' -%}
{%- if is_date and type == 'date' -%}
{{ return("cast('" ~ text ~ "' as date)") }}
{%- elif 'timestamp' in type and ('with time zone' in type or 'tz' in type) and (is_date or is_time) -%}
    {%- set clock = text[10:] | upper -%}
    {%- set has_zone = '+' in clock or '-' in clock or 'Z' in clock -%}
{{ return(entity_kit._timestamp(text if has_zone else text ~ ('' if is_time else ' 00:00:00') ~ '+00:00')) }}
{%- endif -%}
{{ return(entity_kit._timestamp(value)) }}
{%- endmacro -%}
