{#- An expression that may stand beside an operator: in brackets unless it is a name. -#}
{%- macro _operand(expression) -%}
{{ return(expression if entity_kit._name_in(expression) is not none else '(' ~ expression ~ ')') }}
{%- endmacro -%}
