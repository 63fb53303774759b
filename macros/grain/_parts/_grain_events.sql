{#- The CTE of all events, each with the instant and the period in which it happened. -#}
{%- macro _grain_events(spec) -%}
{%- set in_bounds = entity_kit._wrapped(
    [entity_kit._not_all_null(spec.business_key)] + spec.bounds.event, 96, ' and ', '\nand '
) -%}
events_with_period as {{ entity_kit._not_materialized() }}(
    select events_in_utc.*,
        case when {{ in_bounds | indent(12) }}
            then {{ entity_kit._period_of(spec.grain, 'entity_kit_occurred_at', spec.zone) }}
        end as entity_kit_period
    from (
        select entity_kit_row.*,
            {{ entity_kit._utc_column(spec.event_time, 'entity_kit_occurred_at') | indent(12) }}
        from {{ spec.events_relation }} as entity_kit_row
    ) as events_in_utc
)
{%- endmacro -%}
