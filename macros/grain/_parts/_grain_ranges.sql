{#-
    The CTEs of the ranges of a dense spine to build, ending with `ranges_to_build`. In an incremental run these are
    the touched ranges, and what was added at the end or the start of the spine.
-#}
{%- macro _grain_ranges(spec) -%}
{%- set spine_keys = entity_kit._prefixed('entity_spines', spec.business_key) | join(', ') -%}
{%- set same_key = entity_kit._same_key('built_ranges', 'entity_spines', spec.business_key) -%}
{%- if not spec.narrowed -%}
ranges_to_build as (
    select {{ spec.key_list }}, first_period, last_period
    from entity_spines
)
{%- else -%}
built_ranges as (
    select
        {{ spec.key_list }},
        min(period_start) as first_period,
        max(period_start) as last_period
    from {{ this }}
    group by {{ spec.key_list }}
),

ranges_to_build as (
    select
        {{ spine_keys }},
        {{ entity_kit._greatest(['entity_spines.first_period', 'touched_ranges.touched_from']) }} as first_period,
        least(
            entity_spines.last_period,
            coalesce(touched_ranges.touched_to, entity_spines.last_period)
        ) as last_period
    from entity_spines
    inner join touched_ranges
        on {{ entity_kit._same_key('touched_ranges', 'entity_spines', spec.business_key) }}
    union all
    select
        {{ spine_keys }},
        case
            when built_ranges.last_period is null then entity_spines.first_period
            else {{ entity_kit._greatest([
                'entity_spines.first_period', entity_kit._plus_periods(spec.grain, 1, 'built_ranges.last_period')
            ]) }}
        end as first_period,
        entity_spines.last_period
    from entity_spines
    left join built_ranges on {{ same_key }}
    where built_ranges.last_period is null or built_ranges.last_period < entity_spines.last_period
    union all
    select
        {{ spine_keys }},
        entity_spines.first_period,
        least(
            entity_spines.last_period,
            {{ entity_kit._plus_periods(spec.grain, -1, 'built_ranges.first_period') }}
        ) as last_period
    from entity_spines
    inner join built_ranges on {{ same_key }}
    where entity_spines.first_period < built_ranges.first_period
)
{%- endif -%}
{%- endmacro -%}
