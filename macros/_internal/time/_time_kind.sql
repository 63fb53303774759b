{#-
    The kind of a time's data type: 'date', 'plain' (no zone), 'zoned' (an instant), the last two with ' nanoseconds'
    for types finer than microseconds; 'other' for all other types, and none if it isn't known.
-#}
{%- macro _time_kind(data_type) -%}
{%- set type = data_type | lower | trim if data_type is not none and data_type is not undefined else '' -%}
{%- set name = type.split('(')[0] | trim -%}
{%- if type == '' -%}
{{ return(none) }}
{%- elif name == 'date' -%}
{{ return('date') }}
{%- elif name[:9] != 'timestamp' and name != 'datetime' or type[-1:] == ']' -%}
{{ return('other') }}
{%- elif name == 'timestamp_ns' -%}
{{ return('plain nanoseconds') }}
{%- elif name == 'timestamptz_ns' -%}
{{ return('zoned nanoseconds') }}
{%- elif 'ntz' in type or 'without time zone' in type -%}
{{ return('plain') }}
{%- elif 'tz' in type or 'time zone' in type or name == entity_kit._zoned_timestamp_type() -%}
{{ return('zoned') }}
{%- endif -%}
{{ return('plain') }}
{%- endmacro -%}
