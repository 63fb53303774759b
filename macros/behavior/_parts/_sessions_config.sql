{#- Set the configs of `sessions` or `session_events`, and add to the spec what follows from them. -#}
{%- macro _sessions_config(spec, own_names, argument, model_config, buckets, partition_column) -%}
{%- set stored = entity_kit._unit_config(
    spec.name, spec, own_names, model_config, buckets, partition_column, 'sessions', argument
) -%}
{%- do entity_kit._require(
    spec.within is none or stored.bucket is none, spec.name, 'within', 'omitted where whole partitions are replaced',
    spec.within, 'A run rebuilds every user of such a partition, from all their events: leave it out on this engine.'
) -%}
{%- do spec.update({'in_buckets': stored.bucket is not none, 'buckets': buckets}) -%}
{%- do spec.update({'bucket': stored.bucket, 'bucket_column': stored.column}) -%}
{%- endmacro -%}
