{#- Set the configs of an entity model, whose columns of `more` are described as its metrics are. The user's come last. -#}
{%- macro _entity_config(spec, model_config, more=[]) -%}
{%- if spec.in_buckets -%}
    {%- do entity_kit._partition_config(spec.bucket_column, spec.buckets) -%}
{%- else -%}
    {%- do config(
        materialized='incremental', incremental_strategy=entity_kit._row_strategy('replaced'),
        unique_key=entity_kit._entity_key(spec.business_key)
    ) -%}
    {%- do entity_kit._fail_on_schema_change(model_config) -%}
{%- endif -%}
{%- do config(meta=entity_kit._described(spec.metrics + more)) -%}
{%- do config(model_config) -%}
{%- endmacro -%}
