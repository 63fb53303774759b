{#- One hash per entity and period, from the business key and `period_start`, of which no two spellings are equal. -#}
{%- macro _period_key(keys, types) -%}
{%- do types.update({'period_start': ''}) -%}
{{ return(entity_kit._durable_key(keys + ['period_start'], types)) }}
{%- endmacro -%}
