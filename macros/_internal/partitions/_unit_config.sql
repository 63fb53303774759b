{#-
    The configs of a model that replaces whole entities, each of which has several rows. The user's come last, except for
    what would leave rows in the table that a late row has taken back. Refuses a table that was built with other columns.
    Gives the `column` and, as SQL, the `bucket` of an entity, which is none where entities don't lie in buckets (see
    `_replaces_partitions`). `rows` is what the model calls its rows, and `argument` the one that names their columns.
-#}
{%- macro _unit_config(
    macro_name, log, own_names, model_config, buckets, partition_column, rows='versions', argument='tracked_columns'
) -%}
{%- set bucket_column = entity_kit._bucket_column(
    macro_name, buckets, partition_column, own_names + log.business_key + log.columns
) -%}
{%- do entity_kit._require(
    model_config is mapping, macro_name, 'model_config', 'a mapping of configs', model_config,
    'Write it as {\'tags\': [\'nightly\']}.'
) -%}
{%- set strategy = model_config.get('incremental_strategy') -%}
{%- do entity_kit._require(
    strategy not in ['append', 'merge', 'microbatch'], macro_name, 'model_config.incremental_strategy',
    'one that replaces all rows of an entity', strategy,
    'Leave it out: a late row may withdraw ' ~ rows ~ ', and this strategy would keep them.'
) -%}
{%- set unique_key = entity_kit._entity_key(log.business_key) -%}
{%- set given = model_config.get('unique_key', unique_key) -%}
{%- do entity_kit._require(
    given in [unique_key, 'durable_key'], macro_name, 'model_config.unique_key',
    'the entity\'s, which is ' ~ unique_key, given, 'Leave it out: an entity is replaced as a whole.'
) -%}
{%- set in_buckets = entity_kit._replaces_partitions(macro_name, model_config) -%}
{%- if in_buckets -%}
    {%- do entity_kit._partition_config(bucket_column, buckets) -%}
{%- else -%}
    {%- do config(materialized='incremental', incremental_strategy='delete+insert', unique_key=unique_key) -%}
    {%- do entity_kit._fail_on_schema_change(model_config) -%}
{%- endif -%}
{%- do config(model_config) -%}
{%- do entity_kit._same_columns(
    macro_name, this, log.business_key + log.columns + own_names + ([bucket_column] if in_buckets else []), argument,
    'The history' if rows == 'versions' else 'The table'
) -%}
{{ return({
    'column': bucket_column,
    'bucket': entity_kit._bucket(entity_kit._durable_key(log.business_key, log.types), buckets) if in_buckets else none,
}) }}
{%- endmacro -%}
