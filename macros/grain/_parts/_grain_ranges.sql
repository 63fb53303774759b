{#-
    The CTE of the ranges of a dense spine to build. In an incremental run these are the touched ranges, and what was
    added at the end or the start of the spine: all of it, for an entity that the table doesn't have.
-#}
{%- macro _grain_ranges(spec) -%}
{%- set spine_keys = entity_kit._prefixed('spine', spec.business_key) -%}
{%- set bounds -%}
(
    {{ entity_kit._query([
        'select ' ~ spec.key_list ~ ', touched_from, touched_to', 'from touched_ranges'
    ]) | indent(4) }}
    union all
    {{ entity_kit._query([
        entity_kit._select('select', spine_keys + [
            entity_kit._plus_periods(spec.grain, 1, 'built.last_period'), 'null'
        ]),
        'from entity_spines as spine',
        entity_kit._join('left join built_ranges as built', [
            entity_kit._same_key('built', 'spine', spec.business_key)
        ])
    ]) | indent(4) }}
    union all
    {{ entity_kit._query([
        entity_kit._select('select', [
            spec.key_list, 'null', entity_kit._plus_periods(spec.grain, -1, 'first_period')
        ]),
        'from built_ranges'
    ]) | indent(4) }}
) as bounds
{%- endset -%}
{%- if not spec.narrowed -%}
ranges_to_build as (
    {{ entity_kit._query([
        'select ' ~ spec.key_list ~ ', first_period, last_period', 'from entity_spines'
    ]) | indent(4) }}
)
{%- else -%}
ranges_to_build as (
    select {{ spine_keys | join(', ') }},
        greatest(spine.first_period, coalesce(bounds.touched_from, spine.first_period)) as first_period,
        least(spine.last_period, coalesce(bounds.touched_to, spine.last_period)) as last_period
    from entity_spines as spine
    {{ entity_kit._join('inner join ' ~ bounds, [
        entity_kit._same_key('bounds', 'spine', spec.business_key)
    ]) | indent(4) }}
)
{%- endif -%}
{%- endmacro -%}
