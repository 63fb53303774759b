{#-
    The select of the table's periods that are past the end of their spine or, where the history changed, before its start:
    a spine begins later only by the history. Like the ranges to build, it reads the spine once.
-#}
{%- macro _grain_past_spine(spec) -%}
{%- set after = entity_kit._plus_periods(spec.grain, 1, 'spine.last_period') -%}
{%- set before = entity_kit._plus_periods(spec.grain, -1, 'spine.first_period') -%}
{%- set otherwise = '\n    else ' if after | length > 39 else ' else ' -%}
{%- set ranges -%}
(
    {{ entity_kit._select('select', entity_kit._prefixed('built', spec.business_key) + [
        'case when is_after then ' ~ after ~ otherwise ~ 'built.first_period end as first_period',
        'case when is_after then built.last_period' ~ otherwise ~ before ~ ' end as last_period'
    ]) | indent(4) }}
    from built_ranges as built
    {{ entity_kit._join('inner join entity_spines as spine', [
        entity_kit._same_key('spine', 'built', spec.business_key)
    ]) | indent(4) }}
    {{ entity_kit._join('left join touched_ranges as touched', [
        entity_kit._same_key('touched', 'built', spec.business_key), 'touched.by_history'
    ]) | indent(4) }}
    inner join (select true as is_after union all select false) as ends on is_after or touched.by_history
) as ranges
{%- endset -%}
{{ return(entity_kit._each_period(spec.grain, ranges, spec.business_key, 'entity_kit_period')) }}
{%- endmacro -%}
