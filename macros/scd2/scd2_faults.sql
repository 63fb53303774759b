{#- The body of the data test `scd2_valid`. -#}
{%- macro scd2_faults(history, business_key=none, gaps='allowed', valid_to_current=none) -%}
{{ return(adapter.dispatch('scd2_faults', 'entity_kit')(history, business_key, gaps, valid_to_current)) }}
{%- endmacro -%}

{%- macro default__scd2_faults(history, business_key, gaps, valid_to_current) -%}
{%- set name = 'scd2_valid' -%}
{%- do entity_kit._one_of(name, 'gaps', gaps, ['allowed', 'refused']) -%}
{%- set keys = entity_kit._column_names(name, 'business_key', business_key) if business_key is not none else [] -%}
{%- do entity_kit._scd2_must_have(name, 'business_key', keys, history) -%}
{%- set type = entity_kit._type_among(entity_kit._scd2_columns_of(history), 'valid_to') -%}
{%- set open_end = 'valid_to' if valid_to_current is none
    else 'case when ' ~ entity_kit._beside_instant('valid_to', valid_to_current, type)
        ~ ' <> ' ~ entity_kit._instant_beside(valid_to_current, type) ~ ' then valid_to end' -%}
{%- set faults = [
    {'when': 'durable_key is null' ~ (' or not ' ~ entity_kit._not_all_null(keys) if keys else ''), 'text': 'the key is null'},
    {'when': 'valid_from is null', 'text': 'valid_from is null'},
    {'when': 'surrogate_key is null or entity_kit_same_key > 1', 'text': 'the surrogate_key is null or not unique'},
    {'when': 'entity_kit_to <= valid_from', 'text': 'valid_to is not after valid_from'},
    {'when': 'entity_kit_to > entity_kit_next or (entity_kit_to is null and entity_kit_next is not null)',
        'text': 'it overlaps the next version'},
    {'when': 'entity_kit_to is null and entity_kit_open > 1', 'text': 'the entity has more than one open version'},
    {'when': 'entity_kit_to = entity_kit_next and hashdiff = entity_kit_next_hashdiff'
        ~ ' and is_deleted = entity_kit_next_is_deleted', 'text': 'the next version has the same hashdiff'},
    {'when': 'is_current is null or is_current <> (entity_kit_to is null and not is_deleted)',
        'text': 'is_current disagrees with valid_to and is_deleted'},
] + ([
    {'when': 'entity_kit_to < entity_kit_next', 'text': 'there is a gap before the next version'},
] if gaps == 'refused' else []) -%}
with bounded as (
    select
        *,
        {{ open_end }} as entity_kit_to
    from {{ history }}
),

neighbours as (
    select
        *,
        lead(valid_from) over (partition by durable_key order by valid_from, valid_to) as entity_kit_next,
        lead(hashdiff) over (partition by durable_key order by valid_from, valid_to) as entity_kit_next_hashdiff,
        lead(is_deleted) over (partition by durable_key order by valid_from, valid_to) as entity_kit_next_is_deleted,
        count(*) over (partition by surrogate_key) as entity_kit_same_key,
        sum(case when entity_kit_to is null then 1 else 0 end) over (partition by durable_key) as entity_kit_open
    from bounded
),

faults as (
    select
        *,
        {% for fault in faults -%}
        case when {{ fault['when'] }} then '; {{ fault['text'] }}' else '' end{{ '\n        || ' if not loop.last }}
        {%- endfor %} as entity_kit_faults
    from neighbours
)

select
{%- if keys %}
    {{ keys | join(',\n    ') }},
{%- endif %}
    durable_key,
    surrogate_key,
    hashdiff,
    valid_from,
    valid_to,
    is_current,
    is_deleted,
    substring(entity_kit_faults, 3) as failure_reason
from faults
where entity_kit_faults <> ''
{%- endmacro -%}
