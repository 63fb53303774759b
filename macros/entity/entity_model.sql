{%- macro entity_model(
    source, business_key, loaded_at, updated_at, attributes=none, metrics=[], row_key=none, deleted_when=none,
    lookback_interval=none, model_config={}, buckets=32, partition_column=none, source_columns=none
) -%}
{{ return(adapter.dispatch('entity_model', 'entity_kit')(
    source, business_key, loaded_at, updated_at, attributes, metrics, row_key, deleted_when,
    lookback_interval, model_config, buckets, partition_column, source_columns
)) }}
{%- endmacro -%}

{#-
    All rows of the touched entities, then those that count, then their aggregates and the latest row's values. A full
    refresh and an incremental run differ only in which entities they read.
-#}
{%- macro default__entity_model(
    source, business_key, loaded_at, updated_at, attributes, metrics, row_key, deleted_when, lookback_interval, model_config,
    buckets, partition_column, source_columns
) -%}
{%- set spec = entity_kit._entity_spec(
    'entity_model', source, business_key, loaded_at, updated_at, attributes, metrics, row_key, deleted_when,
    lookback_interval, model_config, buckets, partition_column, source_columns
) -%}
{%- do entity_kit._entity_config(spec, model_config) -%}

{{ entity_kit._model_query(spec, entity_kit._entity_ctes(spec), entity_kit._entity_select(spec)) }}
{%- endmacro -%}
