{#-
    The CTE of the events that can decide, in an incremental run, how far spines reach: all that happened at or after an
    instant that isn't past the last event by then. That instant is the latest of the events that arrived, and of the
    periods of the table that were over by the last load and have events (or have them in the trailing window).
    docs/decisions/spine-from-the-table.md has the proof.
-#}
{%- macro _grain_recent_events(spec) -%}
{%- set clock = spec.clock -%}
{%- set earliest = entity_kit._earliest() -%}
{%- set shift = 1 if spec.reads_zone else 0 -%}
{%- set counts_from = entity_kit._plus_periods(spec.grain, 1 - spec.widest, 'last_recorded') -%}
{%- set counts_to = entity_kit._plus_periods(spec.grain, 1, 'last_recorded') -%}
{#- Hours are such instants already. -#}
{%- set before, after = ('', '') if spec.grain == 'hour'
    else ('cast(', ' as ' ~ entity_kit._plain_timestamp_type() ~ ')') -%}
recent_events as {{ entity_kit._materialized() }}(
    select {{ spec.key_list }}, entity_kit_occurred_at, entity_kit_period
    from events_with_period as event
    where entity_kit_period is not null and {{ clock.column }} >= (
    {%- if spec.reach == 'loaded' %}
        select coalesce({{ entity_kit._days_before('last_loaded', clock.days) }}, {{ earliest }})
        from last_arrival
    {%- else %}
        select coalesce({{ entity_kit._days_before('max(happened)', clock.days) }}, {{ earliest }}) from (
            select entity_kit_occurred_at as happened, entity_kit_occurred_at as over_by from arrived_events
            where entity_kit_period is not null
            union all
            {{ entity_kit._select('select', [
                before ~ entity_kit._days_before(counts_from, shift) ~ after,
                before ~ entity_kit._days_before(counts_to, -shift) ~ after
            ]) | indent(12) }}
            from built_ranges
        ) as happenings
        where over_by <= (select last_loaded from last_arrival)
    {%- endif %}
    )
    {{- entity_kit._force_materialize('and') | indent(8) }}
)
{%- endmacro -%}
