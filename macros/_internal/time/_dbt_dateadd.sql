{#- dbt's own `dateadd`, on one line. What it adds to stays as it is written. -#}
{%- macro _dbt_dateadd(unit, number, expression) -%}
{%- set call = entity_kit._one_line(dbt.dateadd(unit, number, 'entity_kit_operand')) -%}
{%- set is_alone = '(entity_kit_operand' in call or ' entity_kit_operand)' in call -%}
{%- set operand = expression if is_alone or entity_kit._is_word(expression) else '(' ~ expression ~ ')' -%}
{{ return(call | replace('entity_kit_operand', operand)) }}
{%- endmacro -%}
