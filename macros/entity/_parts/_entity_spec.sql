{#-
    Check the arguments of `entity_model`. Returns them as a mapping of SQL, with what follows from them: `narrowed` (this
    run builds only the touched entities), `rows_move` (a row can go from one entity to another), `bucket` (the bucket of a
    row's entity, or none where entities don't lie in buckets) and `order` (which of several rows is the latest).
-#}
{%- macro _entity_spec(
    name, source, business_key, loaded_at, updated_at, attributes, metrics, row_key, deleted_when, lookback_interval,
    model_config, buckets, partition_column, source_columns
) -%}
{%- set own_names = ['durable_key', 'is_deleted', 'loaded_at'] -%}
{%- set own_ctes = ['touched', 'versions', 'stated', 'counted', 'metrics', 'latest', 'entities'] -%}
{%- do entity_kit._require(
    source is not string or source | lower not in own_ctes, name, 'source', 'a CTE with another name', source,
    'The macro uses a CTE with this name. Rename yours.'
) -%}
{%- set relation = entity_kit._relation(source, name, 'source') -%}
{%- set keys = entity_kit._column_names(name, 'business_key', business_key, own_names) -%}
{%- set arrival = entity_kit._expression(entity_kit._string(name, 'loaded_at', loaded_at)) -%}
{%- set version_time = entity_kit._expression(entity_kit._string(name, 'updated_at', updated_at)) -%}
{%- set row_keys = entity_kit._column_names(name, 'row_key', row_key) if row_key is not none else [] -%}
{%- set columns = entity_kit._column_names(name, 'attributes', attributes, own_names + keys, may_be_empty=true)
    if attributes is not none else entity_kit._entity_attributes(
        name, source, keys + row_keys + [arrival, version_time], deleted_when, own_names
    ) -%}
{%- set known = entity_kit._scd2_columns_of(source) -%}
{%- do entity_kit._known_in(name, source, {'business_key': keys, 'row_key': row_keys, 'attributes': columns}, known) -%}
{%- set metrics = entity_kit._measures(
    name, 'metrics', metrics, (own_names + keys + columns) | map('lower') | list
) -%}
{%- set deleted = none if deleted_when is none
    else entity_kit._string(name, 'deleted_when', deleted_when, 'a condition on the rows') -%}

{%- set bucket_column = entity_kit._bucket_column(name, buckets, partition_column, own_names + keys + columns) -%}
{%- set in_buckets = entity_kit._replaces_partitions(name, model_config) -%}
{%- set types = entity_kit._key_types(source, keys, known) -%}

{#- A row whose key contains its entity's key never moves to another entity. -#}
{%- set keys_outside = keys | reject('in', row_keys) | list -%}
{#- Without `row_key` all rows count, and the order only decides whose attributes are shown. -#}
{%- set used_columns = none if row_keys and source_columns is none else keys + columns + (
    [] if source_columns is none
    else entity_kit._column_names(name, 'source_columns', source_columns, may_be_empty=true)
) -%}
{%- set content = entity_kit._row_order(
    'entity_kit_row', source, used_columns, name, 'source', 'source_columns', is_alone=true
) if row_keys or columns else '' -%}
{{ return({
    'name': name,
    'relation': relation,
    'is_wrapped': source is string,
    'business_key': keys,
    'key_list': keys | join(', '),
    'types': types,
    'loaded_at': arrival,
    'row_key': row_keys,
    'deleted': deleted,
    'attributes': columns,
    'metrics': metrics,
    'buckets': buckets,
    'bucket_column': bucket_column,
    'in_buckets': in_buckets,
    'bucket': entity_kit._bucket(entity_kit._durable_key(keys, types), buckets) if in_buckets else none,
    'narrowed': is_incremental(),
    'rows_move': row_keys | length > 0 and keys_outside | length > 0,
    'order': entity_kit._wrapped(
        [version_time ~ ' desc nulls last', arrival ~ ' desc nulls last', content] | unique(case_sensitive=true), 92
    ),
    'past_watermark': entity_kit._past_watermark(
        arrival, 'loaded_at', this | string, lookback_interval, name, 'lookback_interval', width=88
    ),
}) }}
{%- endmacro -%}
