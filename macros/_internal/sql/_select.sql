{#- The head of a select: its columns on one line where that is short, else one column a line. -#}
{%- macro _select(select, columns) -%}
{%- set line = select ~ ' ' ~ columns | join(', ') -%}
{{ return(
    line if line | length <= 108 and '\n' not in line else select ~ '\n    ' ~ columns | join(',\n') | indent(4)
) }}
{%- endmacro -%}
