{#-
    The CTEs of the periods that a full refresh wouldn't build, `withdrawn_periods` the last of them. They pass through
    as empty periods, and the model's hook removes them.
-#}
{%- macro _grain_withdrawn(spec) -%}
{%- set built_keys = entity_kit._prefixed('built', spec.business_key) | join(', ') -%}
{%- set same_key = entity_kit._same_key('built', 'spine', spec.business_key) -%}
withdrawn_ranges as (
    {{ entity_kit._select('select', [
        built_keys, entity_kit._plus_periods(spec.grain, 1, 'spine.last_period') ~ ' as first_period', 'built.last_period'
    ]) | indent(4) }}
    from built_ranges as built
    inner join entity_spines as spine
        on {{ same_key | indent(12) }}
    where built.last_period > spine.last_period
    union all
    {{ entity_kit._select('select', [
        built_keys, 'built.first_period', entity_kit._plus_periods(spec.grain, -1, 'spine.first_period') ~ ' as last_period'
    ]) | indent(4) }}
    from built_ranges as built
    inner join entity_spines as spine
        on {{ same_key | indent(12) }}
    where built.first_period < spine.first_period
        and exists (
            select 1
            from touched_ranges as touched
            where touched.by_history
                and {{ entity_kit._same_key('touched', 'built', spec.business_key) | indent(16) }}
        )
),

withdrawn_periods as (
    {{ entity_kit._each_period(spec.grain, 'withdrawn_ranges', spec.business_key, 'entity_kit_period') | indent(4) }}
)
{%- endmacro -%}
