{#- The MD5 of an expression's text, 32 lower-case hexadecimal digits on every engine. -#}
{%- macro _hash(expression) -%}
{{ return(dbt.hash(expression) | trim) }}
{%- endmacro -%}
