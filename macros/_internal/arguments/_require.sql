{#- Refuse an argument unless the condition is true. The remaining arguments are those of `_fail`. -#}
{%- macro _require(condition, macro_name, argument, expected, given, fix) -%}
{%- if not condition -%}
{{ entity_kit._fail(macro_name, argument, expected, given, fix) }}
{%- endif -%}
{%- endmacro -%}
