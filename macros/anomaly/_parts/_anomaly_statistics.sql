{#-
    The CTEs of what each point's baseline says, `baselines` the last of them: how many values it has, what it expects,
    and its deviation. zscore: the mean and the sample standard deviation. robust: the median and 1.4826 times the median
    distance from it, which is the standard deviation of values that are normally distributed.

    Medians come from ranks, because half of the engines have no exact median as an aggregate.
-#}
{%- macro _anomaly_statistics(spec) -%}
{%- set point = spec.point | join(', ') -%}
{%- set in_the_middle = '2 * entity_kit_rank between entity_kit_history and entity_kit_history + 2' -%}
{%- if spec.rule.method == 'zscore' -%}
baselines as (
    select
        {{ point }},
        count(*) as entity_kit_history,
        {{ entity_kit._in_lag_order('avg', 'entity_kit_value') }} as entity_kit_expected,
        {{ entity_kit._in_lag_order('stddev_samp', 'entity_kit_value') }} as entity_kit_deviation
    from baseline
    group by {{ point }}
)
{%- else -%}
ranked as (
    select
        baseline.*,
        row_number() over (
            partition by {{ point }}
            order by entity_kit_value
        ) as entity_kit_rank,
        count(*) over (partition by {{ point }}) as entity_kit_history
    from baseline
),

centered as (
    select
        {{ point }},
        entity_kit_history,
        entity_kit_value,
        avg(
            case
                when {{ in_the_middle }}
                    then entity_kit_value
            end
        ) over (
            partition by {{ point }}
        ) as entity_kit_expected
    from ranked
),

distances as (
    select
        {{ point }},
        entity_kit_history,
        entity_kit_expected,
        abs(entity_kit_value - entity_kit_expected) as entity_kit_distance,
        row_number() over (
            partition by {{ point }}
            order by abs(entity_kit_value - entity_kit_expected)
        ) as entity_kit_rank
    from centered
),

baselines as (
    select
        {{ point }},
        max(entity_kit_history) as entity_kit_history,
        max(entity_kit_expected) as entity_kit_expected,
        1.4826 * avg(
            case
                when {{ in_the_middle }}
                    then entity_kit_distance
            end
        ) as entity_kit_deviation
    from distances
    group by {{ point }}
)
{%- endif -%}
{%- endmacro -%}
