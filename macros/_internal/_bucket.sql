{#- The bucket of an entity, from its durable key: from 0 on, the same in every session. -#}
{%- macro _bucket(durable_key, buckets) -%}
{{ return('pmod(hash(' ~ durable_key ~ '), ' ~ buckets ~ ')') }}
{%- endmacro -%}
