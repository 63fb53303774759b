{#-
    The end of an open version in the type of `changed_at`: a date stays a date, and a time without a zone is UTC. Where
    the type isn't known, an engine whose untyped literals take the type of what they stand beside gets such a one.
-#}
{%- macro _scd2_open_end(macro_name, value, data_type) -%}
{%- set text = entity_kit._time_text(value) -%}
{%- if not entity_kit._is_time_literal(value) -%}
{{ return(entity_kit._timestamp(value)) }}
{%- endif -%}
{%- set kind = entity_kit._time_kind(data_type) -%}
{%- if kind is none and not entity_kit._names_zone(text) -%}
{{ return(entity_kit._untyped_instant(text)) }}
{%- endif -%}
{%- do entity_kit._require(
    kind is none or 'nanoseconds' not in kind or text[:4] < '2262', macro_name, 'valid_to_current',
    'a time before 2262, when nanosecond timestamps end', value, 'Write 2261-12-31, or cast `changed_at` to timestamp.'
) -%}
{{ return(entity_kit._timestamp(value, data_type)) }}
{%- endmacro -%}
