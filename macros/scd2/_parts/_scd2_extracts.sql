{#-
    The CTEs up to `stated` where each distinct `loaded_at` is a complete extract. An entity that one extract has and the
    next hasn't gets a row of its own, the copy of its last, which ends it. A row that is there again after that can't be
    from before it was missing, whatever its `changed_at` says: it counts from when the entity was back.
-#}
{%- macro _scd2_extracts(spec, lookback_interval) -%}
{%- set units = spec.business_key if spec.bucket is none else [spec.bucket] -%}
{%- set keys = spec.key_list -%}
{%- set time = spec.loaded_at if spec.extract_time is none
    else 'coalesce(max(' ~ spec.extract_time ~ '), ' ~ spec.loaded_at ~ ')' -%}
{%- set kept = spec.business_key + spec.columns -%}
{%- set found = namespace(sequence=[]) -%}
{%- for column in spec.sequence -%}
    {%- set found.sequence = found.sequence + ['entity_kit_sequence_' ~ loop.index] -%}
{%- endfor -%}
{%- set content = ['entity_kit_hashdiff'] + (['entity_kit_overwrite'] if spec.overwrite else []) -%}
{%- set rest = found.sequence + content -%}
{%- set order = ['entity_kit_changed_at'] + found.sequence + ['entity_kit_deletes'] + content -%}
extracts as (
    select
        {{ spec.loaded_at }} as entity_kit_extract,
        {{ time }} as entity_kit_time,
        row_number() over (order by {{ time }}, {{ spec.loaded_at }}) as entity_kit_number
    from {{ spec.relation }}
    where {{ spec.loaded_at }} is not null
    group by {{ spec.loaded_at }}
),
{% if spec.narrowed %}
{{ entity_kit._scd2_near_extracts(spec, lookback_interval) }},
{% endif %}
extracted as (
    {{ entity_kit._select('select', entity_kit._scd2_statement(spec, true) + ['entity_kit_number']) | indent(4) }}
    from {{ spec.relation }}
    inner join extracts on entity_kit_extract = {{ spec.loaded_at }}
    where {{ entity_kit._not_all_null(spec.business_key) }}
    {%- if spec.narrowed %}
        and {{ entity_kit._matches_any(units, [{
            'keys': units,
            'from': spec.relation,
            'where': spec.loaded_at ~ ' in (select entity_kit_extract from near_extracts)',
        }]) | indent(8) }}
    {%- endif %}
),

seen as (
    select
        *,
        entity_kit_number - dense_rank() over (
            partition by {{ keys }}
            order by entity_kit_number
        ) as entity_kit_run,
        row_number() over (
            partition by {{ keys }}, entity_kit_number
            order by
                {{ entity_kit._scd2_order(order, backwards=true) | indent(16) }}
        ) as entity_kit_place,
        min(entity_kit_number) over (partition by {{ keys }}) as entity_kit_first,
        count(entity_kit_changed_at) over (partition by {{ keys }}) as entity_kit_placed
    from extracted
),

runs as (
    select
        *,
        min(entity_kit_number) over (partition by {{ keys }}, entity_kit_run) as entity_kit_back,
        max(entity_kit_number) over (partition by {{ keys }}, entity_kit_run) as entity_kit_last
    from seen
),

stated as (
    select
        {{ kept | join(',\n        ') }},
        case
            when entity_kit_back > entity_kit_first and entity_kit_changed_at <= missing.entity_kit_time
                then back.entity_kit_time
            else entity_kit_changed_at
        end as entity_kit_changed_at,
        entity_kit_loaded_at,
        {{ rest | join(',\n        ') }},
        entity_kit_deletes,
        0 as entity_kit_is_absence
    from runs
    left join extracts as missing on missing.entity_kit_number = entity_kit_back - 1
    left join extracts as back on back.entity_kit_number = entity_kit_back
    where entity_kit_changed_at is not null
    union all
    select
        {{ kept | join(',\n        ') }},
        gone.entity_kit_time as entity_kit_changed_at,
        gone.entity_kit_extract as entity_kit_loaded_at,
        {{ rest | join(',\n        ') }},
        1 as entity_kit_deletes,
        1 as entity_kit_is_absence
    from runs
    inner join extracts as gone on gone.entity_kit_number = entity_kit_last + 1
    where runs.entity_kit_number = entity_kit_last
        and entity_kit_place = 1
        and entity_kit_placed > 0
)
{%- endmacro -%}
