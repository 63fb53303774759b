{#-
    The select of the table's periods that are past the end of their spine or, where the history changed, before its start:
    a spine begins later only by the history. An entity of which no spine is left has none of its periods. Like the ranges
    to build, it reads the spine once.
-#}
{%- macro _grain_past_spine(spec) -%}
{%- set after = entity_kit._plus_periods(spec.grain, 1, 'spine.last_period') -%}
{%- set before = entity_kit._plus_periods(spec.grain, -1, 'spine.first_period') -%}
{%- set first_period = entity_kit._call('coalesce', ['case when is_after then ' ~ after ~ ' end', 'built.first_period'], 90) -%}
{%- set ranges -%}
(
    {{ entity_kit._select('select', entity_kit._prefixed('built', spec.business_key) + [
        first_period ~ ' as first_period',
        'case when is_after then built.last_period' ~ ('\n    else ' if before | length > 41 else ' else ') ~ before
            ~ ' end as last_period'
    ]) | indent(4) }}
    from built_ranges as built
    {{ entity_kit._join('left join entity_spines as spine', [
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
