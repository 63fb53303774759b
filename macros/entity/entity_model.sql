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
    All rows of the touched entities; of them those that count; of these the aggregates, and the latest one's values.
    A full refresh and an incremental run differ in which entities they read, and in nothing else.
-#}
{%- macro default__entity_model(
    source, business_key, loaded_at, updated_at, attributes, metrics, row_key, deleted_when, lookback_interval, model_config,
    buckets, partition_column, source_columns
) -%}
{%- set name = 'entity_model' -%}
{%- set own_names = ['durable_key', 'is_deleted', 'loaded_at'] -%}
{%- set own_ctes = ['touched', 'versions', 'stated', 'counted', 'metrics', 'latest', 'entities'] -%}
{%- do entity_kit._require(
    source is not string or source | lower not in own_ctes, name, 'source', 'a CTE with a name of its own', source,
    'The macro has a CTE of this name: rename yours.'
) -%}
{%- set relation = entity_kit._relation(source, name, 'source') -%}
{%- set keys = entity_kit._column_names(name, 'business_key', business_key, own_names) -%}
{%- set arrival = entity_kit._expression(entity_kit._string(name, 'loaded_at', loaded_at)) -%}
{%- set version_time = entity_kit._expression(entity_kit._string(name, 'updated_at', updated_at)) -%}
{%- set row_keys = entity_kit._column_names(name, 'row_key', row_key) if row_key is not none else [] -%}
{%- set found = namespace(all=[]) -%}
{%- if attributes is none -%}
    {%- set used = namespace(names=[]) -%}
    {%- for column in keys + row_keys + [arrival, version_time] -%}
        {%- set used.names = used.names + [entity_kit._unquoted(column) | lower] -%}
    {%- endfor -%}
    {%- set marks = entity_kit._words_in(deleted_when) if deleted_when is not none else [] -%}
    {%- for column in entity_kit._columns_in(source, name, 'source') -%}
        {%- if column.name | lower not in used.names + marks -%}
            {%- do entity_kit._require(
                column.name | lower not in own_names, name, 'attributes',
                'given where a column of `source` has the name of one of ours', column.name,
                'Rename it in a CTE or an upstream model, or leave it out.'
            ) -%}
            {%- set found.all = found.all + [entity_kit._column(column.name)] -%}
        {%- endif -%}
    {%- endfor -%}
{%- else -%}
    {%- set found.all = entity_kit._column_names(name, 'attributes', attributes, own_names + keys, may_be_empty=true) -%}
{%- endif -%}
{%- set columns = found.all -%}
{%- do entity_kit._known_in(name, source, {'business_key': keys, 'row_key': row_keys, 'attributes': columns}) -%}
{%- set metrics = entity_kit._measures(
    name, 'metrics', metrics, (own_names + keys + columns) | map('lower') | list
) -%}
{%- set deleted = none if deleted_when is none
    else entity_kit._string(name, 'deleted_when', deleted_when, 'a condition on the rows') -%}

{%- set bucket_column = entity_kit._bucket_column(name, buckets, partition_column, own_names + keys + columns) -%}
{%- set in_buckets = entity_kit._replaces_partitions(name, model_config) -%}
{%- set types = entity_kit._key_types(source, keys) -%}
{%- set bucket = entity_kit._bucket(entity_kit._durable_key(keys, types), buckets) if in_buckets else none -%}
{%- set durable_key = entity_kit._durable_key(keys, types, alias='entities') -%}
{%- if in_buckets -%}
    {%- do entity_kit._partition_config(bucket_column, buckets) -%}
{%- else -%}
    {%- do config(
        materialized='incremental', incremental_strategy=entity_kit._row_strategy('replaced'),
        unique_key=entity_kit._entity_key(keys), on_schema_change='fail'
    ) -%}
{%- endif -%}
{%- do config(model_config) -%}

{%- set narrowed = is_incremental() -%}
{%- set key_list = keys | join(', ') -%}
{#- Two conditions, and not one with `or`, which would make engines read what neither of them needs. -#}
{%- set arrived = [
    entity_kit._past_watermark(arrival, 'loaded_at', this | string, lookback_interval, name, 'lookback_interval'),
    arrival ~ ' is null'
] -%}
{#- A row whose key contains its entity's key never moves to another entity. -#}
{%- set moves = namespace(any=false) -%}
{%- for key in keys -%}
    {%- if row_keys and key not in row_keys -%}
        {%- set moves.any = true -%}
    {%- endif -%}
{%- endfor -%}
{%- if moves.any -%}
    {%- set arrived = [entity_kit._matches_any(row_keys, [
        {'keys': row_keys, 'from': relation, 'where': arrived[0]},
        {'keys': row_keys, 'from': relation, 'where': arrived[1]}
    ])] -%}
{%- endif -%}
{%- set is_touched = entity_kit._is_touched(keys, bucket) -%}
{#- Without `row_key` all rows count, and the order tells no more than whose attributes are shown. -#}
{%- set used_columns = none if row_keys and source_columns is none else keys + columns + (
    [] if source_columns is none
    else entity_kit._column_names(name, 'source_columns', source_columns, may_be_empty=true)
) -%}
{%- set content = entity_kit._row_order('entity_kit_row', source, used_columns, name, 'source', 'source_columns')
    if row_keys or columns else '' -%}
{%- set order = version_time ~ ' desc nulls last, ' ~ arrival ~ ' desc nulls last, ' ~ content -%}

{%- if source is string %}
select *
from (
{% endif -%}
with {% if narrowed -%}
touched as (
    {%- for condition in arrived %}
    select {{ key_list }}
    from {{ relation }}
    where {{ entity_kit._not_all_null(keys) }}
        and {{ condition | indent(8) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

{% endif -%}
versions as (
    select
        entity_kit_row.*,
    {%- if row_keys %}
        row_number() over (
            partition by {{ row_keys | join(', ') }}
            order by {{ order | indent(12) }}
        ) as entity_kit_from_last
    {%- else %}
        1 as entity_kit_from_last
    {%- endif %}
    from {{ relation }} as entity_kit_row
    {%- if narrowed and moves.any %}
    where {{ entity_kit._matches_any(
        row_keys, [{'keys': row_keys, 'from': relation, 'where': is_touched}]
    ) | indent(4) }}
    {%- elif narrowed %}
    where {{ is_touched | indent(4) }}
    {%- endif %}
),

stated as (
    select
        entity_kit_row.*,
        case when entity_kit_from_last = 1
        {%- if deleted is not none %} and not coalesce(({{ deleted }}), false){% endif %} then 1 else 0 end as entity_kit_counts
    from versions as entity_kit_row
    where {{ entity_kit._not_all_null(keys) }}
    {%- if narrowed and moves.any %}
        and {{ is_touched | indent(8) }}
    {%- endif %}
),

entities as (
    select
        {{ key_list }},
        max({{ arrival }}) as entity_kit_loaded_at,
        max(entity_kit_counts) as entity_kit_counts
    from stated
    group by {{ key_list }}
)
{%- if metrics -%}
,

metrics as (
    select
        {{ key_list }},
    {%- for metric in metrics %}
        {{ metric['calculation'] }} as {{ metric['column'] }}{{ ',' if not loop.last }}
    {%- endfor %}
    from stated
    where entity_kit_counts = 1
    group by {{ key_list }}
)
{%- endif %}
{%- if columns -%}
,

latest as (
    select *
    from (
        select
            entity_kit_row.*,
            row_number() over (
                partition by {{ key_list }}
                order by entity_kit_counts desc, {{ order | indent(16) }}
            ) as entity_kit_rank
        from stated as entity_kit_row
    ) as ranked
    where entity_kit_rank = 1
)
{%- endif %}

select
    {{ entity_kit._canonical_columns(keys, types, 'entities') | join(',\n    ') }},
    {{ durable_key }} as durable_key,
{%- for column in columns %}
    latest.{{ column }},
{%- endfor %}
{%- for metric in metrics %}
    {%- if metric['fill'] is none %}
    metrics.{{ metric['column'] }},
    {%- else %}
    case
        when entities.entity_kit_counts = 0 then {{ entity_kit._literal(metric['fill']) }}
        else metrics.{{ metric['column'] }}
    end as {{ metric['column'] }},
    {%- endif %}
{%- endfor %}
    entities.entity_kit_counts = 0 as is_deleted,
    entities.entity_kit_loaded_at as loaded_at
{%- if in_buckets %},
    {{ entity_kit._bucket(durable_key, buckets) }} as {{ bucket_column }}
{%- endif %}
from entities
{%- if metrics %}
left join metrics on {{ entity_kit._same_key('metrics', 'entities', keys) }}
{%- endif %}
{%- if columns %}
inner join latest on {{ entity_kit._same_key('latest', 'entities', keys) }}
{%- endif %}
{%- if source is string %}
) as entity_model
{%- endif %}
{%- endmacro -%}
