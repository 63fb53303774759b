{#- The CTE of all events, each with the instant and the period in which it happened. -#}
{%- macro _grain_events(spec) -%}
{%- set in_bounds = entity_kit._not_all_null(spec.business_key) ~ spec.bounds.event -%}
events_with_period as {{ entity_kit._not_materialized() }}(
    select
        entity_kit_row.*,
        {{ spec.occurred_utc }} as entity_kit_occurred_at,
        case
            when {{ in_bounds | indent(16) }}
                then {{ entity_kit._period_of(spec.grain, spec.occurred_utc, spec.zone) }}
        end as entity_kit_period
    from {{ spec.events_relation }} as entity_kit_row
)
{%- endmacro -%}
