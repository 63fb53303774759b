{%- macro scd2_history(
    changes, business_key, changed_at, loaded_at, tracked_columns=none, overwrite_columns=[], deleted_when=none,
    sequence=none, hard_deletes='invalidate', feed='changes', lookback_interval=none, valid_to_current=none,
    extracted_at=none, model_config={}, buckets=32, partition_column=none
) -%}
{{ return(adapter.dispatch('scd2_history', 'entity_kit')(
    changes, business_key, changed_at, loaded_at, tracked_columns, overwrite_columns, deleted_when,
    sequence, hard_deletes, feed, lookback_interval, valid_to_current, extracted_at, model_config,
    buckets, partition_column
)) }}
{%- endmacro -%}

{#-
    All rows of the touched entities, ordered; of each instant the last; of equal neighbours the first. A full refresh
    and an incremental run differ in which entities they read, and in nothing else.
-#}
{%- macro default__scd2_history(
    changes, business_key, changed_at, loaded_at, tracked_columns, overwrite_columns, deleted_when,
    sequence, hard_deletes, feed, lookback_interval, valid_to_current, extracted_at, model_config,
    buckets, partition_column
) -%}
{%- set name = 'scd2_history' -%}
{%- set own_names = [
    'durable_key', 'surrogate_key', 'hashdiff', 'valid_from', 'valid_to', 'is_current', 'is_deleted', 'loaded_at'
] -%}
{%- set own_ctes = [
    'touched', 'arrivals', 'extracts', 'distinct_extracts', 'extracted', 'seen', 'runs', 'missing', 'back', 'gone', 'stated', 'in_order',
    'compared', 'numbered', 'bounded'
] -%}
{%- do entity_kit._require(
    changes is not string or changes | lower not in own_ctes, name, 'changes', 'a CTE with a name of its own', changes,
    'The macro has a CTE of this name: rename yours.'
) -%}
{%- set log = entity_kit._scd2_log(
    name, changes, business_key, changed_at, loaded_at, tracked_columns, overwrite_columns, deleted_when, sequence,
    own_names
) -%}
{%- do entity_kit._one_of(name, 'hard_deletes', hard_deletes, ['invalidate', 'new_record', 'ignore']) -%}
{%- do entity_kit._one_of(name, 'feed', feed, ['changes', 'snapshots']) -%}
{%- do entity_kit._require(
    extracted_at is none or feed == 'snapshots', name, 'extracted_at', 'left out where `feed` is "changes"', extracted_at,
    'It is the time that a complete extract shows; a row of a change log has its `changed_at`.'
) -%}
{%- set extract_time = none -%}
{%- if extracted_at is not none -%}
    {%- set extract_time = entity_kit._column_names(name, 'extracted_at', extracted_at) | first -%}
    {%- do entity_kit._scd2_known_columns(name, 'extracted_at', [extract_time], log.known or [extract_time], log.relation) -%}
{%- endif -%}
{%- set open_end = none if valid_to_current is none
    else entity_kit._scd2_open_end(name, valid_to_current, log.types.get('entity_kit_changed_at')) -%}
{%- set stored = entity_kit._scd2_config(name, log, own_names, model_config, buckets, partition_column) -%}

{%- set keys = log.business_key | join(', ') -%}
{%- set finds_absences = feed == 'snapshots' and hard_deletes != 'ignore' -%}
{%- set has_deletions = log.deleted is not none or finds_absences -%}
{%- set ignores = has_deletions and hard_deletes == 'ignore' -%}
{%- set invalidates = has_deletions and hard_deletes == 'invalidate' -%}
{%- set past_watermark = entity_kit._past_watermark(
    'entity_kit_extract', 'loaded_at', this | string, lookback_interval, name, 'lookback_interval'
) -%}

{%- set neighbours -%}
over (
                partition by {{ keys }}, entity_kit_stands
                order by entity_kit_changed_at
            )
{%- endset -%}

{#- At most one row of an instant begins something: first, so that the instant's other rows count with it. -#}
{%- set in_time -%}
over (
            partition by {{ keys }}
            order by entity_kit_changed_at, entity_kit_begins desc
{%- endset -%}

{#- How rows are ordered. A deletion that is ignored comes before what it mustn't hide; an absence, after what it ends. -#}
{%- set order = ['entity_kit_changed_at']
    + (['entity_kit_deletes desc'] if ignores else [])
    + (['entity_kit_is_absence'] if finds_absences else []) -%}
{%- set ranks = namespace(by=order) -%}
{%- for column in log.sequence -%}
    {%- set ranks.by = ranks.by + ['entity_kit_sequence_' ~ loop.index] -%}
{%- endfor -%}
{%- set ranks.by = ranks.by + ['entity_kit_loaded_at']
    + (['entity_kit_deletes'] if has_deletions and not ignores else [])
    + ['entity_kit_hashdiff']
    + (['entity_kit_overwrite'] if log.overwrite else []) -%}
{%- set ascending = entity_kit._scd2_order(ranks.by) -%}
{%- set descending = entity_kit._scd2_order(ranks.by, backwards=true) -%}

{%- if log.is_cte %}
select *
from (
{% endif -%}
with {% if finds_absences -%}
{{ entity_kit._scd2_extracts(log, extract_time, past_watermark, stored.bucket) }}
{%- else -%}
{%- if is_incremental() -%}
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
)
{%- endif %},

-- The last row of an instant stands; the others are corrected by it.
in_order as (
    select
        *,
    {%- for column in log.columns %}{% if column in log.overwrite %}
        first_value({{ column }}) over (
            partition by {{ keys }}
            order by {{ 'entity_kit_deletes, ' if has_deletions }}{{ descending }}
            rows between unbounded preceding and unbounded following
        ) as entity_kit_latest_{{ loop.index }},
    {%- endif %}{% endfor %}
        case
            when lead(entity_kit_changed_at) over (
                partition by {{ keys }}
                order by {{ ascending }}
            ) = entity_kit_changed_at then 0
            {%- if ignores %}
            when entity_kit_deletes = 1 then 0
            {%- endif %}
            else 1
        end as entity_kit_stands
    from stated
),

-- A row that says nothing new begins no version.
compared as (
    select
        *,
        case
            when entity_kit_stands = 0 then 0
            when lag(entity_kit_hashdiff) {{ neighbours }} = entity_kit_hashdiff
            {%- if has_deletions and not ignores %}
                and lag(entity_kit_deletes) {{ neighbours }} = entity_kit_deletes
                then 0
            -- An entity that never lived is one version.
            when min(entity_kit_deletes) over (partition by {{ keys }}, entity_kit_stands) = 1
                and lag(entity_kit_deletes) {{ neighbours }} = 1
            {%- endif %}
                then 0
            else 1
        end as entity_kit_begins
    from in_order
),

-- Which version a row belongs to, and when the next one begins{{ ', or a deletion ends it' if invalidates }}.
numbered as (
    select
        *,
        sum({{ 'case when entity_kit_deletes = 1 then 0 else entity_kit_begins end' if invalidates
            else 'entity_kit_begins' }}) {{ in_time }}
            rows between unbounded preceding and current row
        ) as entity_kit_version,
        min(case when entity_kit_begins = 1 then entity_kit_changed_at end) {{ in_time }}
            rows between 1 following and unbounded following
        ) as entity_kit_ends
    from compared
),

bounded as (
    select
        *,
        max(entity_kit_loaded_at) over (partition by {{ keys }}, entity_kit_version) as entity_kit_consumed
    from numbered
)

select
    {{ log.business_key | join(',\n    ') }},
{%- for column in log.columns %}
    {{ 'entity_kit_latest_' ~ loop.index ~ ' as ' ~ column if column in log.overwrite else column }},
{%- endfor %}
    {{ entity_kit._durable_key(log.business_key, log.types) }} as durable_key,
    {{ entity_kit._hash(entity_kit._csv_line(
        log.business_key + ['entity_kit_changed_at'], log.types
    )) }} as surrogate_key,
    entity_kit_hashdiff as hashdiff,
    entity_kit_changed_at as valid_from,
    {{ 'coalesce(entity_kit_ends, ' ~ open_end ~ ')' if open_end is not none else 'entity_kit_ends' }} as valid_to,
    (entity_kit_ends is null{{ ' and entity_kit_deletes = 0' if has_deletions and not ignores }}) as is_current,
    {{ '(entity_kit_deletes = 1)' if has_deletions and not ignores else 'false' }} as is_deleted,
    entity_kit_consumed as loaded_at
{%- if stored.bucket is not none %},
    {{ stored.bucket }} as {{ stored.column }}
{%- endif %}
from bounded
where entity_kit_begins = 1
{%- if invalidates %}
    -- A deletion is a version only of an entity that never lived: nothing comes before it, and nothing after.
    and (entity_kit_deletes = 0 or (entity_kit_version = 0 and entity_kit_ends is null))
{%- endif %}
{%- if log.is_cte %}
) as versions
{%- endif %}
{%- endmacro -%}
