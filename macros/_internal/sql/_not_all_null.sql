{#- Whether a key says anything: one that is NULL in part is a key. -#}
{%- macro _not_all_null(columns) -%}
{{ return('(' ~ columns | join(' is not null or ') ~ ' is not null)') }}
{%- endmacro -%}
