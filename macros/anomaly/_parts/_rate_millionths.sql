{#-
    A rate in millionths, a whole number, because counts times whole numbers are exact on every engine: 0.29 * 100 isn't 29.
-#}
{%- macro _rate_millionths(macro_name, argument, value) -%}
{%- set fix = 'Write 0.05 for five percent.' -%}
{%- do entity_kit._require(
    value is number and value is not boolean and 0 <= value <= 1, macro_name, argument, 'a number from 0 to 1', value, fix
) -%}
{%- set millionths = (value * 1000000) | round | int -%}
{%- do entity_kit._require(
    (value * 1000000 - millionths) | abs < 0.0001, macro_name, argument, 'a number with at most six decimals', value, fix
) -%}
{{ return(millionths) }}
{%- endmacro -%}
