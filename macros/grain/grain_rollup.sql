{%- macro grain_rollup(
    finer, grain, measures, attributes=[], business_key=none, finer_grain=none, model_config={}
) -%}
{{ return(adapter.dispatch('grain_rollup', 'entity_kit')(
    finer, grain, measures, attributes, business_key, finer_grain, model_config
)) }}
{%- endmacro -%}

{#- One pass over aggregated rows is cheap, so it is a table, which can't differ from its full refresh. -#}
{%- macro default__grain_rollup(finer, grain, measures, attributes, business_key, finer_grain, model_config) -%}
{%- set name = 'grain_rollup' -%}
{%- set grains = ['hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
{%- do entity_kit._one_of(name, 'grain', grain, grains) -%}
{%- set relation = entity_kit._relation(finer, name, 'finer') -%}
{%- do config(materialized='table') -%}
{#- For `entity-kit coverage`, which queries each grain table. -#}
{%- do config(meta={'entity_kit_rollup': {'grain': grain}}) -%}
{%- do config(meta=entity_kit._described(measures)) -%}
{%- do config(model_config) -%}
{%- set note = entity_kit._grain_of(finer) -%}
{%- do entity_kit._require(
    not execute or note is not none or (business_key is not none and finer_grain is not none),
    name, 'finer', 'a model built by grain_table', finer,
    'Pass its business_key and finer_grain, because the macro can\'t detect them here.'
) -%}
{%- set from_grain = finer_grain if finer_grain is not none else note['grain'] if note is not none else 'day' -%}
{%- do entity_kit._one_of(name, 'finer_grain', from_grain, grains) -%}
{%- set reaches = {
    'hour': ['day', 'week', 'month', 'quarter', 'year'], 'day': ['week', 'month', 'quarter', 'year'], 'week': [],
    'month': ['quarter', 'year'], 'quarter': ['year'], 'year': []
}[from_grain] -%}
{%- do entity_kit._require(
    not execute or grain in reaches, name, 'grain',
    'a grain whose periods consist of whole periods of ' ~ from_grain, grain,
    'A week may lie in two months: roll up from days.' if from_grain == 'week'
    else 'From ' ~ from_grain ~ ' there is ' ~ (reaches | join(', ') if reaches else 'none') ~ '.'
) -%}
{%- set own_names = [
    'durable_key', 'surrogate_key', 'period_start', 'period_end', 'is_deleted', 'loaded_at', 'history_loaded_at'
] -%}
{%- set keys = entity_kit._column_names(
    name, 'business_key', business_key if business_key is not none else note['business_key'] if note is not none
        else ['business_key'], own_names
) -%}
{%- set columns = entity_kit._column_names(name, 'attributes', attributes, own_names + keys, may_be_empty=true) -%}
{%- set has_history = note is not none and note['has_history'] -%}
{%- set measures = entity_kit._measures(name, 'measures', measures, (own_names + keys + columns) | map('lower') | list) -%}
{%- set values = namespace(all=[]) -%}
{%- for measure in measures -%}
    {%- set aggregate = entity_kit._adds_up(name, 'measures[' ~ loop.index0 ~ '].calculation', measure) -%}
    {%- set value = 'max(case when entity_kit_from_last = 1 then ' ~ measure['column'] ~ ' end)'
        if aggregate == 'last' else aggregate ~ '(' ~ measure['column'] ~ ')' -%}
    {%- set values.all = values.all + [value ~ ' as ' ~ measure['column']] -%}
{%- endfor -%}
{%- set key_list = keys | join(', ') -%}
{%- if var('entity_kit_coverage', false) -%}
with entity_kit_units as (
    select distinct {{ key_list }}, {{ entity_kit._period_start(grain, 'period_start') }} as entity_kit_period
    from {{ relation }}
),

entity_kit_built as (
    {{ entity_kit._built_periods(keys, 'entity_kit_units', 'entity_kit_period') | indent(4) }}
),

entity_kit_coverage as (
    {{ entity_kit.grain_coverage('entity_kit_built', keys, grain, 'entity_kit_units', 'entity_kit_period') | indent(4) }}
)

{{ entity_kit._coverage_select() }}
{%- else -%}
with placed as (
    select
        finer.*,
        {{ entity_kit._period_start(grain, 'finer.period_start') }} as entity_kit_period
    from {{ relation }} as finer
),

ranked as (
    select
        placed.*,
        row_number() over (
            partition by durable_key, entity_kit_period
            order by period_start desc
        ) as entity_kit_from_last
    from placed
),

rows_built as (
    select
        {{ key_list }},
        durable_key,
        entity_kit_period as period_start,
        {{ entity_kit._plus_periods(grain, 1, 'entity_kit_period') }} as period_end,
    {%- for value in values.all %}
        {{ value }},
    {%- endfor %}
    {%- for column in columns %}
        max(case when entity_kit_from_last = 1 then {{ column }} end) as {{ column }},
    {%- endfor %}
        max(case when entity_kit_from_last = 1 and is_deleted then 1 else 0 end) = 1 as is_deleted,
        max(loaded_at) as loaded_at
    {%- if has_history %},
        max(history_loaded_at) as history_loaded_at
    {%- endif %}
    from ranked
    group by {{ key_list }}, durable_key, entity_kit_period
)

select
{%- for key in keys %}
    {{ key }},
{%- endfor %}
    durable_key,
    {{ entity_kit._period_key(keys, entity_kit._key_types(finer, keys)) | indent(4) }} as surrogate_key,
    period_start,
    period_end,
{%- for measure in measures %}
    {{ measure['column'] }},
{%- endfor %}
{%- for column in columns %}
    {{ column }},
{%- endfor %}
    is_deleted,
    loaded_at
{%- if has_history %},
    history_loaded_at
{%- endif %}
from rows_built
{%- endif -%}
{%- endmacro -%}
