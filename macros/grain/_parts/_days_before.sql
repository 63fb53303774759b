{#- A number of days earlier (or later, if it is negative), and the expression itself for none. -#}
{%- macro _days_before(expression, days) -%}
{{ return(entity_kit._dateadd('day', -days, expression) if days else expression) }}
{%- endmacro -%}
