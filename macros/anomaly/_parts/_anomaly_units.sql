{#-
    The CTEs of the points to judge, `units` the last of them. In an incremental run these are the points of which the
    table doesn't have what the series says, and those whose baseline reaches such a one: if anomalies are left out of
    baselines, all of the group and season, because each point depends on the verdict about those before it. A case, because on
    Redshift `not` of the comparison with one NULL is NULL.
-#}
{%- macro _anomaly_units(spec) -%}
{%- set unit = spec.series_keys if spec.rule.excludes else spec.point -%}
{%- set position = [] if spec.rule.excludes else ['entity_kit_position + entity_kit_lag as entity_kit_position'] -%}
{%- if not spec.narrowed -%}
units as (
    select *
    from points
)
{%- else -%}
changed as (
    select {{ spec.point | join(', ') }}
    from points
    where entity_kit_rows <> 1
        or entity_kit_is_over = 0
        or entity_kit_is_settled = 0
        or case
            when {{ entity_kit._null_safe_equal('value', 'entity_kit_built_value') }} then 0 else 1
        end = 1
        or case
            when {{ entity_kit._null_safe_equal('loaded_at', 'entity_kit_built_loaded_at') }} then 0 else 1
        end = 1
),

touched as (
    {{ entity_kit._select('select distinct', spec.series_keys + position) | indent(4) }}
    from changed
    {%- if not spec.rule.excludes %}
    cross join lags
    {%- endif %}
),

units as (
    select *
    from points
    where {{ entity_kit._matches_any(unit, [{'keys': unit, 'from': 'touched'}]) | indent(4) }}
)
{%- endif -%}
{%- endmacro -%}
