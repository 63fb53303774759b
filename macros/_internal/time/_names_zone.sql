{#- Whether a date or timestamp literal has a zone: an offset, Z, or UTC. -#}
{%- macro _names_zone(text) -%}
{%- set clock = text[10:] | upper -%}
{{ return('+' in clock or '-' in clock or 'Z' in clock or 'UTC' in clock) }}
{%- endmacro -%}
