{#- The CTE of the values that each point is compared with: those of the periods before it that have one. -#}
{%- macro _anomaly_baseline(spec) -%}
baseline as (
    {{ entity_kit._select(
        'select', entity_kit._prefixed('unit', spec.point) + ['entity_kit_lag', 'point.entity_kit_value']
    ) | indent(4) }}
    from units as unit
    cross join lags
    {{ entity_kit._join('inner join points as point', [
        entity_kit._same_key('point', 'unit', spec.series_keys),
        'point.entity_kit_position = unit.entity_kit_position - entity_kit_lag'
    ]) | indent(4) }}
    where entity_kit_lag > 0
        and point.entity_kit_value is not null
)
{%- endmacro -%}
