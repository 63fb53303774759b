{#-
    The CTEs of how far the spine of each entity reaches, `entity_spines` the last of them: from its first event or
    version to the period in which it ended, or up to which anything is known of any entity.
-#}
{%- macro _grain_spines(spec) -%}
{#- An entity has both a first and a last period or neither, so that none of what is compared is NULL. -#}
{%- set ends_by = 'coalesce(max(deleted_period), max(reach_period), max(last_period))' if spec.has_history
    else 'coalesce(max(reach_period), max(last_period))' -%}
{%- set last_period = entity_kit._call('greatest', [ends_by, 'max(last_period)']) -%}
{%- set first_period = 'min(first_period)' if spec.bounds.first is none
    else entity_kit._call('greatest', ['min(first_period)', spec.bounds.first]) -%}
{%- set last_period = last_period if spec.bounds.last is none
    else entity_kit._call('least', [last_period, spec.bounds.last]) -%}
{%- set selects = ([entity_kit._grain_history_ranges(spec)] if spec.has_history else [])
    + entity_kit._grain_event_ranges(spec) -%}
{%- set too_many = entity_kit._raise_in_sql(
    entity_kit._too_many_periods(spec.name, spec.grain, spec.business_key, spec.max_periods), spec.period_type
) -%}
entity_ranges as (
    select {{ spec.key_list }},
        {{ first_period | indent(8) }} as first_period,
        {{ last_period | indent(8) }} as last_period
    from (
        {{ selects | join('\nunion all\n') | indent(8) }}
    ) as known cross join reach
    group by {{ spec.key_list }} having min(first_period) is not null
),

entity_spines as (
    select {{ spec.key_list }}, first_period,
        case when {{ entity_kit._periods_apart(spec.grain, 'first_period', 'last_period') }} >= {{ spec.max_periods }}
            then {{ too_many | indent(12) }}
            else last_period
        end as last_period
    from entity_ranges
    {{- entity_kit._force_materialize() | indent(4) }}
)
{%- endmacro -%}
