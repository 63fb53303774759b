{#- Refuse anything but text, especially an undefined name, which Jinja would render as nothing. -#}
{%- macro _string(macro_name, argument, value, expected='a column name or expression', example=none) -%}
{%- do entity_kit._require(
    value is string and value | trim | length > 0, macro_name, argument, expected, value,
    'Write it as text, in quotes, such as \'' ~ (argument.split('.') | last if example is none else example) ~ '\'.'
) -%}
{{ return(value) }}
{%- endmacro -%}
