{#-
    The CTEs of the periods that a full refresh wouldn't build, `withdrawn_periods` the last of them. They pass through
    as empty periods, and the model's hook removes them.
-#}
{%- macro _grain_withdrawn(spec) -%}
{%- set built_keys = entity_kit._prefixed('built_ranges', spec.business_key) | join(', ') -%}
{%- set same_key = entity_kit._same_key('built_ranges', 'entity_spines', spec.business_key) -%}
withdrawn_ranges as (
    select
        {{ built_keys }},
        {{ entity_kit._plus_periods(spec.grain, 1, 'entity_spines.last_period') }} as first_period,
        built_ranges.last_period
    from built_ranges
    inner join entity_spines on {{ same_key }}
    where built_ranges.last_period > entity_spines.last_period
    union all
    select
        {{ built_keys }},
        built_ranges.first_period,
        {{ entity_kit._plus_periods(spec.grain, -1, 'entity_spines.first_period') }} as last_period
    from built_ranges
    inner join entity_spines on {{ same_key }}
    where built_ranges.first_period < entity_spines.first_period
        and exists (
            select 1
            from touched_ranges
            where by_history
                and {{ entity_kit._same_key('touched_ranges', 'built_ranges', spec.business_key) }}
        )
),

withdrawn_periods as (
    {{ entity_kit._each_period(spec.grain, 'withdrawn_ranges', spec.business_key, 'entity_kit_period') | indent(4) }}
)
{%- endmacro -%}
