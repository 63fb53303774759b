{#- The CTEs of the verdicts, `judged` the last of them: each point to build with its bounds, score, and status. -#}
{%- macro _anomaly_judged(spec) -%}
{%- set rule = spec.rule -%}
{%- set value, expected = 'entity_kit_value', 'entity_kit_expected' -%}
{%- set noise = 'entity_kit_noise' -%}
{%- set spread = entity_kit._anomaly_spread(rule, 'entity_kit_deviation') -%}
{%- set enough = 'entity_kit_history >= ' ~ rule.min_history -%}
measured as (
    select
        unit.*,
        coalesce(baselines.entity_kit_history, 0) as entity_kit_history,
        baselines.entity_kit_expected,
        baselines.entity_kit_deviation,
        {{ entity_kit._anomaly_noise('baselines.entity_kit_expected') }} as entity_kit_noise
    from units as unit
    {{ entity_kit._join('left join baselines', [
        entity_kit._same_key('baselines', 'unit', spec.series_keys),
        'baselines.entity_kit_position = unit.entity_kit_position'
    ]) | indent(4) }}
),

judged as (
    select
        measured.*,
        case when {{ enough }} then {{ expected }} end as expected,
        {%- for side, sign in [('lower', '-'), ('upper', '+')] %}
        case
            when {{ enough }} then {{ expected }} {{ sign }} {{ rule.threshold }} * {{ spread }}
        end as {{ side }},
        {%- endfor %}
        case
            when {{ spread }} > {{ noise }}
                then ({{ value }} - {{ expected }}) / {{ spread }}
            when abs({{ value }} - {{ expected }}) <= {{ noise }} then 0
        end as score,
        case
            {%- if spec.narrowed %}
            when entity_kit_rows = 0 then 'withdrawn'
            {%- endif %}
            when period_start is null then 'no_period'
            when entity_kit_rows > 1 then 'several_rows'
            when entity_kit_is_over = 0 then 'not_over'
            when {{ value }} is null then 'no_value'
            when entity_kit_history < {{ rule.min_history }} then 'too_little_history'
            when {{ spread }} <= {{ noise }}
                and abs({{ value }} - {{ expected }}) > {{ noise }}
                then 'no_deviation'
            when {{ entity_kit._anomaly_is_outside(rule, value, expected, 'entity_kit_deviation', noise) | indent(12) }}
                then 'anomaly'
            else 'normal'
        end as status
    from measured
)
{%- endmacro -%}
