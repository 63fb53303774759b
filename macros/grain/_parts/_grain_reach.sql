{#- The CTEs of the period that spines extend to: that of the last load, or of the last event by then. -#}
{%- macro _grain_reach(spec) -%}
last_arrival as (
    select max(loaded_utc) as last_loaded
    from (
        select {{ entity_kit._utc_column('max(' ~ spec.loaded_at ~ ')', 'loaded_utc') | indent(8) }}
        from {{ spec.events_relation }}
        {%- if spec.has_history %}
        union all
        select {{ entity_kit._utc_column('max(loaded_at)', 'loaded_utc') | indent(8) }}
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
        select entity_kit_occurred_at as happened
        from events_with_period
        where entity_kit_period is not null
        {%- if spec.has_history %}
        union all
        select entity_kit_from as happened
        from history_versions
        {{- spec.bounds.version | indent(8) }}
        {%- endif %}
    ) as happenings
    where happened <= (select last_loaded from last_arrival)
)
{%- endif %}
{%- endmacro -%}
