{#-
    The CTEs, the last one under a name, of the periods of a sparse spine to build: those that have events. In an
    incremental run these are the touched periods; what arrived within one period doesn't need the events.
-#}
{%- macro _grain_sparse_periods(spec, name) -%}
{%- set follows = spec.narrowed and spec.widest > 1 -%}
{%- if not spec.narrowed -%}
{{ name }} as (
    select distinct {{ spec.key_list }}, entity_kit_period
    from events_with_period
    where entity_kit_period is not null
)
{%- else -%}
{%- if follows -%}
touched_periods as (
    {{ entity_kit._each_period(
        spec.grain, 'touched_ranges', spec.business_key, 'entity_kit_period', 'touched_from', 'touched_to'
    ) | indent(4) }}
    where not by_history
),

{% endif -%}
{{ name }} as (
    select distinct {{ spec.key_list }}, entity_kit_period
    from (
        {%- if follows %}
        {{ entity_kit._select(
            'select', entity_kit._prefixed('event', spec.business_key) + ['event.entity_kit_period']
        ) | indent(8) }}
        from events_with_period as event
        {{ entity_kit._join_units(spec, 'touched_periods', 'entity_kit_period') | indent(8) }}
        {%- else %}
        select {{ spec.key_list }}, touched_from as entity_kit_period
        from touched_ranges
        where not by_history
        {%- endif %}
        {%- if spec.has_history %}
        union all
        select {{ spec.key_list }}, entity_kit_period
        from events_with_period
        where exists (
            select 1
            from touched_ranges
            where by_history
                and {{ entity_kit._same_key('touched_ranges', 'events_with_period', spec.business_key) | indent(16) }}
                and events_with_period.entity_kit_period
                    >= coalesce(touched_ranges.touched_from, events_with_period.entity_kit_period)
        )
        {%- endif %}
        {%- if spec.backfill is not none %}
        union all
        {{ entity_kit._select('select', [spec.key_list, 'entity_kit_period']) | indent(8) }}
        from events_with_period as event
        where {{ (
            ['entity_kit_period >= ' ~ spec.backfill.first, 'entity_kit_period <= ' ~ spec.backfill.last]
            + entity_kit._near_period(spec, spec.backfill.first, spec.backfill.last)
        ) | join('\n            and ') }}
        {%- endif %}
    ) as found
)
{%- endif -%}
{%- endmacro -%}
