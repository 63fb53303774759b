{%- macro scd1_current(
    changes, business_key, changed_at, loaded_at, tracked_columns=none, deleted_when=none, sequence=none,
    lookback_interval=none, model_config={}, buckets=32, partition_column=none
) -%}
{{ return(adapter.dispatch('scd1_current', 'entity_kit')(
    changes, business_key, changed_at, loaded_at, tracked_columns, deleted_when, sequence, lookback_interval, model_config,
    buckets, partition_column
)) }}
{%- endmacro -%}

{#-
    The values are those of the last live row, so that a deletion, which often has no other values, doesn't erase them.
-#}
{%- macro default__scd1_current(
    changes, business_key, changed_at, loaded_at, tracked_columns, deleted_when, sequence, lookback_interval, model_config,
    buckets, partition_column
) -%}
{%- set name = 'scd1_current' -%}
{%- set own_names = ['durable_key', 'hashdiff', 'changed_at', 'is_deleted', 'loaded_at'] -%}
{%- do entity_kit._require(
    changes is not string or changes | lower not in ['touched', 'arrivals', 'stated', 'in_order'], name, 'changes', 'a CTE with another name',
    changes, 'The macro uses a CTE with this name. Rename yours.'
) -%}
{%- set log = entity_kit._scd2_log(
    name, changes, business_key, changed_at, loaded_at, tracked_columns, [], deleted_when, sequence, own_names
) -%}
{%- set stored = entity_kit._unit_config(name, log, own_names, model_config, buckets, partition_column) -%}

{%- set has_deletions = log.deleted is not none -%}
{%- set spec = {
    'name': name,
    'narrowed': is_incremental(),
    'bucket': stored.bucket,
    'has_deletions': has_deletions,
    'ignores_deletions': false,
    'marks_deletions': has_deletions,
    'finds_absences': false,
} -%}
{%- do spec.update(log) -%}
{%- set latest_first = entity_kit._scd2_order(entity_kit._scd2_ranks(spec), backwards=true) -%}
{%- set live_first = ('entity_kit_deletes,\n' if has_deletions else '') ~ latest_first -%}

{%- if spec.is_cte %}
select *
from (
{% endif -%}
with {{ entity_kit._scd2_rows(spec, lookback_interval) | join(',\n\n') }},

in_order as (
    select
        *,
    {%- if has_deletions %}
        first_value(entity_kit_deletes) over (
            partition by {{ spec.key_list }}
            order by
                {{ latest_first | indent(16) }}
            rows between unbounded preceding and unbounded following
        ) as entity_kit_ended,
    {%- endif %}
        row_number() over (
            partition by {{ spec.key_list }}
            order by
                {{ live_first | indent(16) }}
        ) as entity_kit_place,
        max(entity_kit_changed_at) over (partition by {{ spec.key_list }}) as entity_kit_latest,
        max(entity_kit_loaded_at) over (partition by {{ spec.key_list }}) as entity_kit_consumed
    from stated
)

select
    {{ (spec.business_key + spec.columns) | join(',\n    ') }},
    {{ entity_kit._durable_key(spec.business_key, spec.types) | indent(4) }} as durable_key,
    entity_kit_hashdiff as hashdiff,
    entity_kit_latest as changed_at,
    {{ '(entity_kit_ended = 1)' if has_deletions else 'false' }} as is_deleted,
    entity_kit_consumed as loaded_at
{%- if spec.bucket is not none %},
    {{ spec.bucket }} as {{ stored.column }}
{%- endif %}
from in_order
where entity_kit_place = 1
{%- if spec.is_cte %}
) as latest
{%- endif %}
{%- endmacro -%}
