{#- The CTEs of the period that spines extend to: that of the last load, or of the last event by then. -#}
{%- macro _grain_reach(spec) -%}
last_arrival as (
    select max(loaded_utc) as last_loaded
    from (
        select {{ entity_kit._utc('max(' ~ spec.loaded_at ~ ')') }} as loaded_utc
        from {{ spec.events_relation }}
        {%- if spec.has_history %}
        union all
        select {{ entity_kit._utc('max(loaded_at)') }} as loaded_utc
        from {{ spec.history_relation }}
        {%- endif %}
    ) as upstreams
),
{% if spec.reach == 'loaded' %}
reach as (
    select {{ entity_kit._period_of(spec.grain, 'last_loaded', spec.zone) }} as reach_period
    from last_arrival
)
{%- else %}
reach as (
    select {{ entity_kit._period_of(spec.grain, 'max(happened)', spec.zone) }} as reach_period
    from (
        select max(entity_kit_occurred_at) as happened
        from events_with_period
        where entity_kit_period is not null
            and entity_kit_occurred_at <= (select last_loaded from last_arrival)
        {%- if spec.has_history %}
        union all
        select max(entity_kit_from) as happened
        from history_versions
        where entity_kit_from <= (select last_loaded from last_arrival)
            {{- spec.bounds.version | indent(12) }}
        {%- endif %}
    ) as happenings
)
{%- endif %}
{%- endmacro -%}
