{#- The last columns of the final select, which are the user's. -#}
{%- macro _sessions_audit(spec) -%}
{%- set durable_key = entity_kit._durable_key(spec.business_key, spec.types, alias='entities') -%}
{{ return([
    'entities.entity_kit_counts = 0 as is_deleted',
    'entities.entity_kit_loaded_at as loaded_at'
] + ([entity_kit._bucket(durable_key, spec.buckets) ~ ' as ' ~ spec.bucket_column] if spec.in_buckets else [])) }}
{%- endmacro -%}
