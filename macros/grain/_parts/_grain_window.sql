{#- The CTE of the trailing measures of one width: each event is spread over all the periods that it counts in. -#}
{%- macro _grain_window(spec, width) -%}
{%- set spread = entity_kit._each_period(
    spec.grain,
    'counted_events\ninner join build_ranges on '
        ~ entity_kit._same_key('build_ranges', 'counted_events', spec.business_key),
    ['counted_events.*'], 'entity_kit_unit',
    'greatest(counted_events.entity_kit_period, build_ranges.first_unit)',
    'least(' ~ entity_kit._plus_periods(spec.grain, width - 1, 'counted_events.entity_kit_period')
        ~ ', build_ranges.last_unit)'
) -%}
trailing_{{ width }} as (
    select
        {{ spec.key_list }},
        entity_kit_unit,
    {%- for measure in spec.trailing if measure['periods'] == width %}
        {{ measure['calculation'] }} as {{ measure['column'] }},
    {%- endfor %}
        count(*) as entity_kit_rows
    from (
        {%- if not spec.narrowed and spec.is_dense %}
        {{ spread | indent(8) }}
        {%- else %}
        select spread.*
        from (
            {{ spread | indent(12) }}
        ) as spread
        inner join periods_to_build
            on {{ entity_kit._same_key('periods_to_build', 'spread', spec.business_key) }}
                and periods_to_build.entity_kit_period = spread.entity_kit_unit
        {%- endif %}
    ) as kept
    group by {{ spec.key_list }}, entity_kit_unit
)
{%- endmacro -%}
