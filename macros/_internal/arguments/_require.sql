{#- Refuses an argument unless the condition holds; the arguments after it are `_fail`'s. -#}
{%- macro _require(condition, macro_name, argument, expected, given, fix) -%}
{%- if not condition -%}
{{ entity_kit._fail(macro_name, argument, expected, given, fix) }}
{%- endif -%}
{%- endmacro -%}
