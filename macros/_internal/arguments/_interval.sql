{#- An interval such as {days: 1, hours: 12}, checked and reduced to whole days and seconds. -#}
{%- macro _interval(interval, macro_name, argument) -%}
{%- set units = ['weeks', 'days', 'hours', 'minutes', 'seconds'] -%}
{%- do entity_kit._require(
    interval is mapping and interval | length > 0,
    macro_name, argument, 'a mapping of units to whole numbers', interval,
    'Write it as {\'days\': 3} or {\'days\': 1, \'hours\': 12}.'
) -%}
{%- set seconds_in = {'weeks': 604800, 'days': 86400, 'hours': 3600, 'minutes': 60, 'seconds': 1} -%}
{%- set total = namespace(days=0, seconds=0) -%}
{%- for unit in interval -%}
    {%- do entity_kit._one_of(macro_name, argument, unit, units) -%}
    {%- set number = interval[unit] -%}
    {%- do entity_kit._require(
        number is integer and number >= 0, macro_name, argument ~ '.' ~ unit, 'a whole number, zero or more', number,
        'It says how far to go back; use a smaller unit instead of a fraction.'
    ) -%}
    {%- if unit in ['weeks', 'days'] -%}
        {%- set total.days = total.days + number * seconds_in[unit] // 86400 -%}
    {%- else -%}
        {%- set total.seconds = total.seconds + number * seconds_in[unit] -%}
    {%- endif -%}
{%- endfor -%}
{{ return({'days': total.days, 'seconds': total.seconds}) }}
{%- endmacro -%}
