{#-
    The CTEs of the ranges of a dense spine to build, ending with `ranges_to_build`. In an incremental run these are
    the touched ranges, and what was added at the end or the start of the spine.
-#}
{%- macro _grain_ranges(spec) -%}
{%- set spine_keys = entity_kit._prefixed('spine', spec.business_key) | join(', ') -%}
{%- set of_touched = entity_kit._same_key('touched', 'spine', spec.business_key) -%}
{%- set of_built = entity_kit._same_key('built', 'spine', spec.business_key) -%}
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
        max(period_start) as last_period,
        {{ entity_kit._plus_periods(spec.grain, -1, 'min(period_start)') }} as period_before,
        {{ entity_kit._plus_periods(spec.grain, 1, 'max(period_start)') }} as period_after
    from {{ this }}
    group by {{ spec.key_list }}
),

ranges_to_build as (
    select
        {{ spine_keys }},
        greatest(spine.first_period, coalesce(touched.touched_from, spine.first_period)) as first_period,
        least(spine.last_period, coalesce(touched.touched_to, spine.last_period)) as last_period
    from entity_spines as spine
    inner join touched_ranges as touched
        on {{ of_touched | indent(12) }}
    union all
    select
        {{ spine_keys }},
        greatest(spine.first_period, coalesce(built.period_after, spine.first_period)) as first_period,
        spine.last_period
    from entity_spines as spine
    left join built_ranges as built
        on {{ of_built | indent(12) }}
    where built.last_period is null or built.last_period < spine.last_period
    union all
    select
        {{ spine_keys }},
        spine.first_period,
        least(spine.last_period, built.period_before) as last_period
    from entity_spines as spine
    inner join built_ranges as built
        on {{ of_built | indent(12) }}
    where spine.first_period < built.first_period
)
{%- endif -%}
{%- endmacro -%}
