{#- A calendar date as the text `YYYY-MM-DD`, which sorts by time. Refuse any other form, and days that don't exist. -#}
{%- macro _date(macro_name, argument, value) -%}
{%- set text = '' if value is undefined or value is none else value | string | trim -%}
{%- set digits = namespace(good=text | length == 10) -%}
{%- for character in text | list -%}
    {%- if character not in ('-' if loop.index0 in [4, 7] else '0123456789') -%}
        {%- set digits.good = false -%}
    {%- endif -%}
{%- endfor -%}
{%- if digits.good -%}
    {%- set year = text[:4] | int -%}
    {%- set month = text[5:7] | int -%}
    {%- set leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
    {%- set lengths = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] -%}
    {%- set digits.good = 1 <= month and month <= 12 and year >= 1 -%}
    {%- if digits.good -%}
        {%- set digits.good = 1 <= text[8:] | int and text[8:] | int <= lengths[month - 1] -%}
    {%- endif -%}
{%- endif -%}
{%- do entity_kit._require(
    digits.good, macro_name, argument, 'a date as YYYY-MM-DD', value, 'Write it in quotes, such as \'2026-01-31\'.'
) -%}
{{ return(text) }}
{%- endmacro -%}
