{#-
    What a data type says of a time: 'date', 'plain' (no zone), 'zoned' (an instant), the last two with ' nanoseconds'
    where the engine has finer types beside those of microseconds; 'other' of all else, and none where it isn't known.
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
