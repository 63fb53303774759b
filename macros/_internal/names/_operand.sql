{#- An expression that is safe next to an operator: in parentheses unless it is a name. -#}
{%- macro _operand(expression) -%}
{{ return(expression if entity_kit._name_in(expression) is not none else '(' ~ expression ~ ')') }}
{%- endmacro -%}
