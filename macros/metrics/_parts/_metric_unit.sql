{#- A unit of time in the singular, as in `7 days`. -#}
{%- macro _metric_unit(unit) -%}
{%- set name = unit | lower -%}
{{ return(name[:-1] if name[-1:] == 's' else name) }}
{%- endmacro -%}
