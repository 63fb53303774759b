{#-
    The CTE of the ranges of a dense spine to build. In an incremental run these are the touched ranges, and what was
    added at the end or the start of the spine, and the range of a backfill; an entity that the table doesn't have has no bounds, so all of it is built.
    The spine is read once: Spark analyzes a CTE anew for each place that names it, and for what that one names in turn.
-#}
{%- macro _grain_ranges(spec) -%}
{%- set bounds -%}
(
    {{ entity_kit._query([
        entity_kit._select('select', entity_kit._prefixed('built', spec.business_key) + ['touched_from', 'touched_to']),
        'from built_ranges as built',
        entity_kit._join('inner join touched_ranges as touched', [
            entity_kit._same_key('touched', 'built', spec.business_key)
        ])
    ]) | indent(4) }}
    union all
    {{ entity_kit._query([
        entity_kit._select('select', [
            spec.key_list, entity_kit._plus_periods(spec.grain, 1, 'last_period'), 'null'
        ]),
        'from built_ranges'
    ]) | indent(4) }}
    union all
    {{ entity_kit._query([
        entity_kit._select('select', [
            spec.key_list, 'null', entity_kit._plus_periods(spec.grain, -1, 'first_period')
        ]),
        'from built_ranges'
    ]) | indent(4) }}
    {%- if spec.backfill is not none %}
    union all
    {{ entity_kit._query([
        entity_kit._select('select', [spec.key_list, spec.backfill.first, spec.backfill.last]), 'from built_ranges'
    ]) | indent(4) }}
    {%- endif %}
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
    select {{ entity_kit._prefixed('spine', spec.business_key) | join(', ') }},
        greatest(spine.first_period, coalesce(bounds.touched_from, spine.first_period)) as first_period,
        least(spine.last_period, coalesce(bounds.touched_to, spine.last_period)) as last_period
    from entity_spines as spine
    {{ entity_kit._join('left join ' ~ bounds, [
        entity_kit._same_key('bounds', 'spine', spec.business_key)
    ]) | indent(4) }}
)
{%- endif -%}
{%- endmacro -%}
