{#- An instant as the plain timestamp that a clock in UTC shows (see `_utc`), with its name, laid out as a column. -#}
{%- macro _utc_column(expression, name) -%}
{%- set utc = entity_kit._utc(expression) -%}
{%- set function = utc.split('(')[0] -%}
{%- if utc | length > 104 and function and '\n' not in utc -%}
    {%- set utc = function ~ '(\n    ' ~ utc[function | length + 1:-1] ~ '\n)' -%}
{%- endif -%}
{{ return(entity_kit._named(utc, name)) }}
{%- endmacro -%}
