{#-
    Whether an engine compares times of the two types as what they are: both zoned or both not, and the second no coarser
    than nanoseconds where the first is in those. All else goes by `_utc`, and so does what isn't known.
-#}
{%- macro _same_clock(data_type, other_type) -%}
{%- set kind = entity_kit._time_kind(data_type) -%}
{%- set other = entity_kit._time_kind(other_type) -%}
{%- if kind is none or other is none -%}
{{ return(false) }}
{%- endif -%}
{{ return(('zoned' in kind) == ('zoned' in other) and ('nanoseconds' in other or 'nanoseconds' not in kind)) }}
{%- endmacro -%}
