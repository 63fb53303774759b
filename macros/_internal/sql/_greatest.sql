{#- The greatest of the expressions, ignoring NULL on every engine. -#}
{%- macro _greatest(expressions) -%}
{%- set best = namespace(sql=expressions | first) -%}
{%- for expression in expressions[1:] -%}
    {%- set best.sql = 'greatest(coalesce(' ~ best.sql ~ ', ' ~ expression ~ '), coalesce(' ~ expression ~ ', '
        ~ best.sql ~ '))' -%}
{%- endfor -%}
{{ return(best.sql) }}
{%- endmacro -%}
