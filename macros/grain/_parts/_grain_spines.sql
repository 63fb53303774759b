{#-
    The CTEs of how far the spine of each entity reaches, `entity_spines` the last of them: from its first event or
    version to the period in which it ended, or up to which anything is known of any entity.
-#}
{%- macro _grain_spines(spec) -%}
{%- set parts = [entity_kit._grain_reach(spec)] -%}
{%- if spec.has_history -%}
    {%- set parts = [entity_kit._grain_history_ranges(spec)] + parts -%}
{%- endif -%}
{%- set first_period = 'first_period' if spec.bounds.first is none
    else entity_kit._greatest(['first_period', spec.bounds.first]) -%}
{%- set last_period = 'last_period' if spec.bounds.last is none
    else 'least(last_period, ' ~ spec.bounds.last ~ ')' -%}
{%- set too_many = entity_kit._raise_in_sql(
    entity_kit._too_many_periods(spec.name, spec.grain, spec.business_key, spec.max_periods), spec.period_type
) -%}
{{ parts | join(',\n\n') }},

entity_ranges as (
    select
        {{ spec.key_list }},
        min(first_period) as first_period,
        case
            when max(deleted_period) is not null
                then {{ entity_kit._greatest(['max(deleted_period)', 'max(last_period)']) }}
            else {{ entity_kit._greatest(['max(reach_period)', 'max(last_period)']) }}
        end as last_period
    from (
        select
            {{ spec.key_list }},
            min(entity_kit_period) as first_period,
            max(entity_kit_period) as last_period,
            {{ spec.no_period }} as deleted_period
        from events_with_period
        where entity_kit_period is not null
        group by {{ spec.key_list }}
        {%- if spec.has_history %}
        union all
        select {{ spec.key_list }}, first_period, last_period, deleted_period
        from history_ranges
        {%- endif %}
    ) as known
    cross join reach
    group by {{ spec.key_list }}
),

bounded_ranges as (
    select
        {{ spec.key_list }},
        {{ first_period }} as first_period,
        {{ last_period }} as last_period
    from entity_ranges
    where first_period is not null
),

entity_spines as (
    select
        {{ spec.key_list }},
        first_period,
        case
            when {{ entity_kit._periods_apart(spec.grain, 'first_period', 'last_period') }} >= {{ spec.max_periods }}
                then {{ too_many }}
            else last_period
        end as last_period
    from bounded_ranges
    {{- entity_kit._force_materialize() | indent(4) }}
)
{%- endmacro -%}
