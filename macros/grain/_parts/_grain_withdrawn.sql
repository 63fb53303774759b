{#-
    The CTE of the periods that a full refresh wouldn't build. They pass through as empty periods, and the model's hook
    removes them. A spine begins later only by the history.
-#}
{%- macro _grain_withdrawn(spec) -%}
{%- set built_keys = entity_kit._prefixed('built', spec.business_key) -%}
{%- set of_spine = entity_kit._join('inner join entity_spines as spine', [
    entity_kit._same_key('spine', 'built', spec.business_key)
]) -%}
{%- set ranges -%}
(
    {{ entity_kit._query([
        entity_kit._select('select', built_keys + [
            entity_kit._plus_periods(spec.grain, 1, 'spine.last_period') ~ ' as first_period', 'built.last_period'
        ]),
        'from built_ranges as built',
        of_spine
    ]) | indent(4) }}
    union all
    {{ entity_kit._select('select', built_keys + [
        'built.first_period', entity_kit._plus_periods(spec.grain, -1, 'spine.first_period')
    ]) | indent(4) }}
    from built_ranges as built
    {{ of_spine | indent(4) }}
    {{ entity_kit._join('inner join touched_ranges as touched', [
        entity_kit._same_key('touched', 'built', spec.business_key)
    ]) | indent(4) }}
    where touched.by_history
) as ranges
{%- endset -%}
withdrawn_periods as (
    {{ entity_kit._each_period(spec.grain, ranges, spec.business_key, 'entity_kit_period') | indent(4) }}
)
{%- endmacro -%}
