{%- macro scd1_current(
    changes, business_key, changed_at, loaded_at, tracked_columns=none, deleted_when=none, sequence=none,
    lookback_interval=none, model_config={}, buckets=32, partition_column=none
) -%}
{{ return(adapter.dispatch('scd1_current', 'entity_kit')(
    changes, business_key, changed_at, loaded_at, tracked_columns, deleted_when, sequence, lookback_interval, model_config,
    buckets, partition_column
)) }}
{%- endmacro -%}

{#- The values are those of the last live row, so that a deletion, which often says nothing else, doesn't erase them. -#}
{%- macro default__scd1_current(
    changes, business_key, changed_at, loaded_at, tracked_columns, deleted_when, sequence, lookback_interval, model_config,
    buckets, partition_column
) -%}
{%- set name = 'scd1_current' -%}
{%- set own_names = ['durable_key', 'hashdiff', 'changed_at', 'is_deleted', 'loaded_at'] -%}
{%- do entity_kit._require(
    changes is not string or changes | lower not in ['touched', 'arrivals', 'stated', 'in_order'], name, 'changes', 'a CTE with a name of its own',
    changes, 'The macro has a CTE of this name: rename yours.'
) -%}
{%- set log = entity_kit._scd2_log(
    name, changes, business_key, changed_at, loaded_at, tracked_columns, [], deleted_when, sequence, own_names
) -%}
{%- set stored = entity_kit._scd2_config(name, log, own_names, model_config, buckets, partition_column) -%}

{%- set keys = log.business_key | join(', ') -%}
{%- set has_deletions = log.deleted is not none -%}
{%- set found = namespace(sequence=[]) -%}
{%- for column in log.sequence -%}
    {%- set found.sequence = found.sequence + ['entity_kit_sequence_' ~ loop.index] -%}
{%- endfor -%}
{%- set latest_first = entity_kit._scd2_order(
    ['entity_kit_changed_at'] + found.sequence + ['entity_kit_loaded_at']
        + (['entity_kit_deletes'] if has_deletions else []) + ['entity_kit_hashdiff'],
    backwards=true
) -%}
{%- if log.is_cte %}
select *
from (
{% endif -%}
with {% if is_incremental() -%}
{{ entity_kit._scd2_touched(log, this | string, lookback_interval, name) }},

{% endif -%}
stated as (
    select
        {{ entity_kit._scd2_statement(log, has_deletions) }}
    from {{ log.relation }}
    where {{ log.changed_at }} is not null
        and {{ entity_kit._not_all_null(log.business_key) }}
    {%- if is_incremental() %}
        and {{ entity_kit._is_touched(log.business_key, stored.bucket) | indent(8) }}
    {%- endif %}
),

in_order as (
    select
        *,
    {%- if has_deletions %}
        first_value(entity_kit_deletes) over (
            partition by {{ keys }}
            order by {{ latest_first }}
            rows between unbounded preceding and unbounded following
        ) as entity_kit_ended,
    {%- endif %}
        row_number() over (
            partition by {{ keys }}
            order by {{ 'entity_kit_deletes, ' if has_deletions }}{{ latest_first }}
        ) as entity_kit_place,
        max(entity_kit_changed_at) over (partition by {{ keys }}) as entity_kit_latest,
        max(entity_kit_loaded_at) over (partition by {{ keys }}) as entity_kit_consumed
    from stated
)

select
    {{ (log.business_key + log.columns) | join(',\n    ') }},
    {{ entity_kit._durable_key(log.business_key, log.types) }} as durable_key,
    entity_kit_hashdiff as hashdiff,
    entity_kit_latest as changed_at,
    {{ '(entity_kit_ended = 1)' if has_deletions else 'false' }} as is_deleted,
    entity_kit_consumed as loaded_at
{%- if stored.bucket is not none %},
    {{ stored.bucket }} as {{ stored.column }}
{%- endif %}
from in_order
where entity_kit_place = 1
{%- if log.is_cte %}
) as latest
{%- endif %}
{%- endmacro -%}
