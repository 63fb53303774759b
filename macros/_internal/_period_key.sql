{#- One hash per entity and period, from the business key and `period_start`. -#}
{%- macro _period_key(keys) -%}
{{ return(entity_kit._durable_key(keys + ['period_start'])) }}
{%- endmacro -%}
