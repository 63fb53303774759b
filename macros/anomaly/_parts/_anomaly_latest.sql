{#-
    The CTE of the period in which the series' latest arrival lies: all before it are over. `as_of` takes the arrival's
    place; with neither, the latest period of the series is the one that may not be over.
-#}
{%- macro _anomaly_latest(spec) -%}
{%- set by_series = spec.as_of is none and spec.loaded_at is none -%}
latest as (
    {%- if by_series %}
    select max(period_start) as entity_kit_now
    from given
    {%- else %}
    select {{ entity_kit._period_of(spec.rule.grain, 'arrived', spec.zone) | indent(4) }} as entity_kit_now
    from (
        select {{ entity_kit._utc('arrived') | indent(8) }} as arrived
        from (
            select {{ spec.as_of if spec.as_of is not none else 'max(loaded_at)' }} as arrived
            {%- if spec.as_of is none %}
            from given
            {%- if spec.narrowed %}
            where entity_kit_is_given = 1
            {%- endif %}
            {%- endif %}
        ) as recorded
    ) as in_utc
    {%- endif %}
)
{%- endmacro -%}
