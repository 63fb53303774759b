{#-
    The configs of a model that replaces whole entities. The user's come last, except for what would leave versions in
    the table that a late row has taken back. Gives whether the entities lie in buckets (see `_replaces_partitions`).
-#}
{%- macro _scd2_config(macro_name, business_key, model_config, bucket_column, buckets) -%}
{%- do entity_kit._require(
    model_config is mapping, macro_name, 'model_config', 'a mapping of configs', model_config,
    'Write it as {\'tags\': [\'nightly\']}.'
) -%}
{%- set strategy = model_config.get('incremental_strategy') -%}
{%- do entity_kit._require(
    strategy not in ['append', 'merge', 'microbatch'], macro_name, 'model_config.incremental_strategy',
    'one that replaces all rows of an entity', strategy,
    'Leave it out: a late row may take versions back, and this strategy would keep them.'
) -%}
{#- One column of a key is compared faster than the text of a hash; of several, each may be NULL. -#}
{%- set unique_key = business_key[0] if business_key | length == 1 else 'durable_key' -%}
{%- set given = model_config.get('unique_key', unique_key) -%}
{%- do entity_kit._require(
    given in [unique_key, 'durable_key'], macro_name, 'model_config.unique_key',
    'the entity\'s, which is ' ~ unique_key, given, 'Leave it out: an entity is replaced as a whole.'
) -%}
{%- set in_buckets = entity_kit._replaces_partitions(macro_name, model_config) -%}
{%- if in_buckets -%}
    {%- do entity_kit._partition_config(bucket_column, buckets) -%}
{%- else -%}
    {%- do config(
        materialized='incremental', incremental_strategy='delete+insert', unique_key=unique_key, on_schema_change='fail'
    ) -%}
{%- endif -%}
{%- do config(model_config) -%}
{{ return(in_buckets) }}
{%- endmacro -%}
