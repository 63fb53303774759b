{#-
    The CTEs of the points, `points` the last of them: one row per period and group, with its season, its number among
    the periods of that season, whether it is over, and its value as a number: none if it can't be reckoned with.
-#}
{%- macro _anomaly_points(spec) -%}
{%- set one = 'sum(entity_kit_is_given) = 1' if spec.narrowed else 'count(*) = 1' -%}
{%- set given_value = 'case when entity_kit_is_given = 1 then value end' if spec.narrowed else 'value' -%}
{%- set given_time = 'case when entity_kit_is_given = 1 then loaded_at end' if spec.narrowed else 'loaded_at' -%}
{%- set stride = spec.rule.stride -%}
{%- set first = "cast('2001-01-01' as " ~ (
    entity_kit._plain_timestamp_type() if spec.rule.grain == 'hour' else 'date'
) ~ ')' -%}
{%- set number = entity_kit._periods_apart(spec.rule.grain, first, 'period_start') -%}
{%- set season = '0' if stride == 1
    else 'mod(mod(entity_kit_number, ' ~ stride ~ ') + ' ~ stride ~ ', ' ~ stride ~ ')' -%}
{%- set position = 'entity_kit_number' if stride == 1
    else 'cast((entity_kit_number - ' ~ season ~ ') / ' ~ stride ~ ' as ' ~ dbt.type_bigint() ~ ')' -%}
{%- set as_number = 'cast(value as ' ~ spec.number_type ~ ')' -%}
grouped as (
    select
        {%- for column in spec.by %}
        {{ column }},
        {%- endfor %}
        period_start,
        {{ 'sum(entity_kit_is_given)' if spec.narrowed else 'count(*)' }} as entity_kit_rows,
        case when {{ one }} then max({{ given_value }}) end as value
        {%- if spec.loaded_at is not none %},
        max({{ given_time }}) as loaded_at
        {%- endif %}
        {%- if spec.narrowed %},
        max(case when entity_kit_is_given = 0 then value end) as entity_kit_built_value,
        max(case when entity_kit_is_given = 0 then loaded_at end) as entity_kit_built_loaded_at,
        max(entity_kit_is_settled) as entity_kit_is_settled
        {%- endif %}
    from given
    group by {{ (spec.by + ['period_start']) | join(', ') }}
),

numbered as (
    select
        grouped.*,
        {{ number }} as entity_kit_number
    from grouped
),

points as (
    select
        numbered.*,
        case
            when abs({{ as_number }}) < cast('1e150' as {{ spec.number_type }}) then {{ as_number }}
        end as entity_kit_value,
        {{ season }} as entity_kit_season,
        {{ position }} as entity_kit_position,
        case when period_start < entity_kit_now then 1 else 0 end as entity_kit_is_over
    from numbered
    cross join latest
)
{%- endmacro -%}
