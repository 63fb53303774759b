{#- A join with its conditions, on one line or two where that is short, else with one condition a line. -#}
{%- macro _join(join, conditions) -%}
{%- set condition = 'on ' ~ conditions | join(' and ') -%}
{%- if '\n' in condition or condition | length > 108 -%}
{{ return(join ~ '\n    on ' ~ conditions | join('\nand ') | indent(8)) }}
{%- endif -%}
{{ return(join ~ (' ' if join | length + condition | length <= 104 else '\n    ') ~ condition) }}
{%- endmacro -%}
