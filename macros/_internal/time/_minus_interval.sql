{#- The expression minus an interval. Days stay days, because with daylight saving time they aren't always 24 hours. -#}
{%- macro _minus_interval(expression, interval, macro_name, argument) -%}
{%- if interval is none -%}
{{ return(expression) }}
{%- endif -%}
{%- set back = entity_kit._interval(interval, macro_name, argument) -%}
{%- set result = namespace(sql=expression) -%}
{%- if back.days > 0 -%}
    {%- set result.sql = entity_kit._dateadd('day', -back.days, result.sql) -%}
{%- endif -%}
{%- if back.seconds > 0 -%}
    {%- set unit, size = ('hour', 3600) if back.seconds % 3600 == 0
        else ('minute', 60) if back.seconds % 60 == 0
        else ('second', 1) -%}
    {%- set result.sql = entity_kit._dateadd(unit, -(back.seconds // size), result.sql) -%}
{%- endif -%}
{{ return(result.sql) }}
{%- endmacro -%}
