{#- The bucket of an entity, from its durable key: from 0 on, the same in every session. -#}
{%- macro _bucket(durable_key, buckets) -%}
{{ return(adapter.dispatch('_bucket', 'entity_kit')(durable_key, buckets)) }}
{%- endmacro -%}

{#- As on Spark. -#}
{%- macro default___bucket(durable_key, buckets) -%}
{{ return('pmod(hash(' ~ durable_key ~ '), ' ~ buckets ~ ')') }}
{%- endmacro -%}

{#- BigQuery's remainder has the sign of the number. -#}
{%- macro bigquery___bucket(durable_key, buckets) -%}
{%- set key = durable_key if '\n' in durable_key or durable_key | length <= 40 else '\n    ' ~ durable_key ~ '\n' -%}
{{ return('mod(mod(farm_fingerprint(' ~ key ~ '), ' ~ buckets ~ ') + ' ~ buckets ~ ', ' ~ buckets ~ ')') }}
{%- endmacro -%}
