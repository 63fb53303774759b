{#-
    The CTE of the entities to recompute: those for which the log, from the watermark less the interval on, has other
    loaded times than the target says were read. A row of the log is in at most one version, and a version has the
    loaded time of one of its rows. So if both agree, nothing is new, even if the last load was the whole table.
-#}
{%- macro _scd2_touched(log, target, lookback_interval, macro_name) -%}
{%- set keys = log.business_key | join(', ') -%}
touched as (
    select {{ keys }}
    from (
        select {{ keys }}, {{ log.loaded_at }} as entity_kit_loaded_at, 1 as entity_kit_difference
        from {{ log.relation }}
        where {{ entity_kit._past_watermark(
            log.loaded_at, 'loaded_at', target, lookback_interval, macro_name, 'lookback_interval'
        ) | indent(8) }}
            or {{ log.loaded_at }} is null
        union all
        select {{ keys }}, loaded_at as entity_kit_loaded_at, -1 as entity_kit_difference
        from {{ target }}
        where {{ entity_kit._past_watermark(
            'loaded_at', 'loaded_at', target, lookback_interval, macro_name, 'lookback_interval'
        ) | indent(8) }}
    ) as arrivals
    group by {{ keys }}, entity_kit_loaded_at
    having sum(entity_kit_difference) <> 0
)
{%- endmacro -%}
