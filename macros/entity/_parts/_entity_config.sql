{#- Set the configs of an entity model. The user's come last. -#}
{%- macro _entity_config(spec, model_config) -%}
{%- if spec.in_buckets -%}
    {%- do entity_kit._partition_config(spec.bucket_column, spec.buckets) -%}
{%- else -%}
    {%- do config(
        materialized='incremental', incremental_strategy=entity_kit._row_strategy('replaced'),
        unique_key=entity_kit._entity_key(spec.business_key)
    ) -%}
    {%- do entity_kit._fail_on_schema_change(model_config) -%}
{%- endif -%}
{%- do config(model_config) -%}
{%- endmacro -%}
