{#-
    The CTEs of the period that spines extend to: that of the last load, or of the last event by then. In an incremental
    run the last load is among what arrived, because the watermark is inclusive.
-#}
{%- macro _grain_reach(spec) -%}
{%- set loaded_at, arrived = ('entity_kit_loaded_at', 'arrived_events') if spec.knows_spine
    else (spec.loaded_at, spec.events_relation) -%}
last_arrival as (
    select max(loaded_utc) as last_loaded from (
        select {{ entity_kit._utc_column('loaded_at', 'loaded_utc') | indent(8) }}
        from (select max({{ loaded_at }}) as loaded_at from {{ arrived }}) as events
        {%- if spec.has_history %}
        union all
        select max(entity_kit_arrived) from history_versions
        {%- endif %}
    ) as upstreams
),
{% if spec.knows_spine %}
{{ entity_kit._grain_recent_events(spec) }},
{% endif %}
{%- if spec.reach == 'loaded' %}
reach as (
    select {{ entity_kit._period_of(spec.grain, 'last_loaded', spec.zone) }} as reach_period
    from last_arrival
)
{%- else %}
reach as (
    select {{ entity_kit._period_of(spec.grain, 'max(happened)', spec.zone) }} as reach_period from (
        select entity_kit_occurred_at as happened
        {{- ' from recent_events' if spec.knows_spine
            else '\n        from events_with_period where entity_kit_period is not null' }}
        {%- if spec.has_history %}
        union all
        select entity_kit_from from history_versions
        {{- spec.bounds.version | indent(8) }}
        {%- endif %}
    ) as happenings
    where happened <= (select last_loaded from last_arrival)
)
{%- endif %}
{%- endmacro -%}
