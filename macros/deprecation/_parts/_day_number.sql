{#- The number of days from a fixed date to a date `YYYY-MM-DD`, so that two dates can be subtracted without Python. -#}
{%- macro _day_number(date) -%}
{#- A year that starts in March ends with its leap day. -#}
{%- set before_march = 1 if date[5:7] | int <= 2 else 0 -%}
{%- set year = date[:4] | int - before_march -%}
{%- set month = date[5:7] | int + 12 * before_march - 3 -%}
{{ return(
    365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + date[8:10] | int
) }}
{%- endmacro -%}
