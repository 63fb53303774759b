{#-
    The CTE of the period in which the series' latest arrival lies: all before it are over. `as_of` takes the arrival's
    place; with neither, the latest period of the series is the one that may not be over.
-#}
{%- macro _anomaly_latest(spec) -%}
{%- set instant = spec.as_of if spec.as_of is not none else 'max(loaded_at)' -%}
{%- set period = 'max(period_start)' if spec.as_of is none and spec.loaded_at is none
    else entity_kit._period_of(spec.rule.grain, entity_kit._utc(instant), spec.zone) -%}
latest as (
    select {{ period | indent(4) }} as entity_kit_now
    {%- if spec.as_of is none %}
    from given
    {%- if spec.narrowed %}
    where entity_kit_is_given = 1
    {%- endif %}
    {%- endif %}
)
{%- endmacro -%}
