{#-
    The CTEs that judge one point after another, so that an anomaly counts in no later baseline; `baselines` the last of
    them. `entity_kit_mask` says of each of the periods before a point, the nearest first, whether it is left out.

    A recursion sees only the last point of each group, so it carries the mask, and looks up the values themselves.
-#}
{%- macro _anomaly_walked(spec) -%}
{%- set rule = spec.rule -%}
{%- set number = 'cast(null as ' ~ spec.number_type ~ ')' -%}
{%- set gap = 'cast(least(later.entity_kit_position - walked.entity_kit_position - 1, ' ~ rule.window ~ ') as integer)' -%}
{%- set outside = entity_kit._anomaly_is_outside(
    rule, 'later.entity_kit_value', 'before.entity_kit_expected', 'before.entity_kit_deviation',
    entity_kit._anomaly_noise('before.entity_kit_expected')
) -%}
{%- set lookup -%}
    from lags
    {{ entity_kit._join('inner join points as point', [
        entity_kit._same_key('point', 'later', spec.series_keys),
        'point.entity_kit_position = later.entity_kit_position - entity_kit_lag'
    ]) | indent(4) }}
    where entity_kit_lag > 0
        and point.entity_kit_value is not null
        and substr(seen.entity_kit_mask, entity_kit_lag, 1) = '0'
{%- endset -%}
{%- set median = 'percentile_cont(0.5) within group (order by point.entity_kit_value)' -%}
ordered as (
    select
        units.*,
        row_number() over (
            partition by {{ spec.series_keys | join(', ') }}
            order by entity_kit_position
        ) as entity_kit_step
    from units
    where entity_kit_position is not null
),

walked as (
    select
        {{ entity_kit._wrapped(spec.point + ['entity_kit_step']) | indent(8) }},
        cast(0 as {{ dbt.type_bigint() }}) as entity_kit_history,
        {{ number }} as entity_kit_expected,
        {{ number }} as entity_kit_deviation,
        '0' as entity_kit_flag,
        repeat('0', {{ rule.window }}) as entity_kit_mask
    from ordered
    where entity_kit_step = 1
    union all
    select
        {{ entity_kit._wrapped(entity_kit._prefixed('later', spec.point + ['entity_kit_step'])) | indent(8) }},
        before.entity_kit_history,
        before.entity_kit_expected,
        before.entity_kit_deviation,
        case
            when before.entity_kit_history >= {{ rule.min_history }}
                and later.entity_kit_is_over = 1
                and {{ outside | indent(12) }}
                then '1'
            else '0'
        end as entity_kit_flag,
        seen.entity_kit_mask
    from walked
    {{ entity_kit._join('inner join ordered as later', [
        entity_kit._same_key('later', 'walked', spec.series_keys), 'later.entity_kit_step = walked.entity_kit_step + 1'
    ]) | indent(4) }}
    cross join lateral (
        select
            substr(
                repeat('0', {{ gap }})
                || walked.entity_kit_flag || walked.entity_kit_mask,
                1, {{ rule.window }}
            ) as entity_kit_mask
    ) as seen
    {%- if rule.method == 'zscore' %}
    cross join lateral (
        select
            count(*) as entity_kit_history,
            {{ entity_kit._in_lag_order('avg', 'point.entity_kit_value') }} as entity_kit_expected,
            {{ entity_kit._in_lag_order('stddev_samp', 'point.entity_kit_value') }} as entity_kit_deviation
        {{ lookup | indent(4) }}
    ) as before
    {%- else %}
    cross join lateral (
        select {{ median }} as entity_kit_expected
        {{ lookup | indent(4) }}
    ) as middle
    cross join lateral (
        select
            count(*) as entity_kit_history,
            middle.entity_kit_expected,
            1.4826 * percentile_cont(0.5) within group (
                order by abs(point.entity_kit_value - middle.entity_kit_expected)
            ) as entity_kit_deviation
        {{ lookup | indent(4) }}
    ) as before
    {%- endif %}
),

baselines as (
    select {{ (spec.point + ['entity_kit_history', 'entity_kit_expected', 'entity_kit_deviation']) | join(', ') }}
    from walked
)
{%- endmacro -%}
