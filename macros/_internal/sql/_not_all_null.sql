{#- Whether a key isn't entirely NULL. A partly NULL key is valid. -#}
{%- macro _not_all_null(columns) -%}
{{ return('(' ~ columns | join(' is not null or ') ~ ' is not null)') }}
{%- endmacro -%}
