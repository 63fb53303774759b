{#-
    The CTEs that widen what is touched (`changed_periods`) to whole partitions, `periods_to_build` the last of them: all
    periods of each partition in which one is touched.
-#}
{%- macro _grain_partitions(spec) -%}
{%- set partition_grain = spec.partitions.grain -%}
touched_partitions as (
    select distinct {{ entity_kit._period_start(partition_grain, 'entity_kit_period') }} as entity_kit_partition
    from (
        select entity_kit_period
        from changed_periods
        {%- if spec.takes_back %}
        union all
        select entity_kit_period
        from withdrawn_periods
        {%- endif %}
    ) as found
),
{% if spec.is_dense %}
partition_ranges as (
    select
        {{ entity_kit._prefixed('entity_spines', spec.business_key) | join(', ') }},
        greatest(entity_spines.first_period, bounds.first_period) as first_period,
        least(entity_spines.last_period, bounds.last_period) as last_period
    from entity_spines
    inner join (
        select
            {{ spec.partitions.first_period }} as first_period,
            {{ spec.partitions.last_period }} as last_period
        from touched_partitions
    ) as bounds
        on entity_spines.first_period <= bounds.last_period
            and entity_spines.last_period >= bounds.first_period
),

periods_to_build as (
    select *
    from (
        {{ entity_kit._each_period(
            spec.grain, 'partition_ranges', spec.business_key, 'entity_kit_period', distinct=true
        ) | indent(8) }}
    ) as periods
    {{- entity_kit._force_materialize() | indent(4) }}
)
{%- else %}
periods_to_build as (
    select distinct {{ spec.key_list }}, entity_kit_period
    from events_with_period
    where entity_kit_period is not null
        and exists (
            select 1
            from touched_partitions
            where entity_kit_partition
                = {{ entity_kit._period_start(partition_grain, 'events_with_period.entity_kit_period') }}
        )
        {{- entity_kit._force_materialize('and') | indent(8) }}
)
{%- endif %}
{%- endmacro -%}
