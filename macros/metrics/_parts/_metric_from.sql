{#- A relation as a query reads it: without rows under `--empty`. -#}
{%- macro _metric_from(relation) -%}
{{ return('(select * from ' ~ relation ~ ' where false limit 0)' if flags.EMPTY else relation | string) }}
{%- endmacro -%}
