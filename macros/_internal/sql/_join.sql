{#- A join with its conditions, on one line or two where that is short, else with conditions that fill lines. -#}
{%- macro _join(join, conditions) -%}
{%- set condition = 'on ' ~ conditions | join(' and ') -%}
{%- if '\n' in condition or condition | length > 108 -%}
{{ return(join ~ '\n    on ' ~ entity_kit._wrapped(conditions, 104, ' and ', '\nand ') | indent(8)) }}
{%- endif -%}
{%- set last_line = join.split('\n') | last -%}
{{ return(join ~ (' ' if last_line | length + condition | length <= 104 else '\n    ') ~ condition) }}
{%- endmacro -%}
