{#- A column with its name, which stands on the next line if the expression is long. -#}
{%- macro _named(expression, name) -%}
{%- set is_long = '\n' not in expression and expression | length + name | length > 98 -%}
{{ return(expression ~ ('\n    as ' if is_long else ' as ') ~ name) }}
{%- endmacro -%}
