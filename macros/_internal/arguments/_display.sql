{#- A value as an error message shows it. Jinja silently passes undefined names, the most common slip. -#}
{%- macro _display(value) -%}
{%- if value is undefined -%}
{{ return('an undefined name (are quotes missing?)') }}
{%- elif value is none -%}
{{ return('none') }}
{%- elif value is boolean -%}
{{ return('true' if value else 'false') }}
{%- elif value is string -%}
{{ return('"' ~ value ~ '"') }}
{%- else -%}
{{ return(value | string) }}
{%- endif -%}
{%- endmacro -%}
