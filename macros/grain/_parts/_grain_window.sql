{#-
    The CTE of the trailing measures of one width: each event is spread over all the periods that it counts in. A
    whole spine has no period that isn't built, and whole partitions few, so there it isn't asked which are.
-#}
{%- macro _grain_window(spec, width) -%}
{%- set measures = [] -%}
{%- for measure in spec.trailing if measure['periods'] == width -%}
    {%- do measures.append(measure['calculation'] ~ ' as ' ~ measure['column']) -%}
{%- endfor -%}
{%- set stretches -%}
(
    select event.*,
        greatest(event.entity_kit_period, bounds.first_unit) as entity_kit_first,
        {{ entity_kit._call('least', [
            entity_kit._plus_periods(spec.grain, width - 1, 'event.entity_kit_period'), 'bounds.last_unit'
        ]) | indent(8) }} as entity_kit_last
    from counted_events as event
    {{ entity_kit._join('inner join build_ranges as bounds', [
        entity_kit._same_key('bounds', 'event', spec.business_key)
    ]) | indent(4) }}
) as stretches
{%- endset -%}
{%- set spread = entity_kit._each_period(
    spec.grain, stretches, ['stretches.*'], 'entity_kit_unit', 'entity_kit_first', 'entity_kit_last'
) -%}
{%- set head = entity_kit._select(
    'select', [spec.key_list, 'entity_kit_unit'] + measures + ['count(*) as entity_kit_rows']
) -%}
trailing_{{ width }} as (
    {{ head | indent(4) }}{{ '\n    ' if '\n' in head else ' ' }}from (
        {%- if spec.is_dense and (spec.widened or not spec.narrowed) %}
        {{ spread | indent(8) }}
        {%- else %}
        select spread.* from (
            {{ spread | indent(12) }}
        ) as spread
        {{ entity_kit._join('inner join periods_to_build as unit', [
            entity_kit._same_key('unit', 'spread', spec.business_key),
            'unit.entity_kit_period = spread.entity_kit_unit'
        ]) | indent(8) }}
        {%- endif %}
    ) as kept group by {{ spec.key_list }}, entity_kit_unit
)
{%- endmacro -%}
