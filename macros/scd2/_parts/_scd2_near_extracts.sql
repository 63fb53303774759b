{#-
    The CTE of the extracts whose entities to recompute: those that arrived and, because a late one also says something
    of the entities that they have, the neighbors of these. Where an extract has a time of its own, and a part of it was
    read before, it may have had another place by then: it counts at the time of each of its rows.
-#}
{%- macro _scd2_near_extracts(spec, lookback_interval) -%}
{%- set extract_arrived = entity_kit._past_watermark(
    'entity_kit_extract', 'loaded_at', this | string, lookback_interval, spec.name, 'lookback_interval'
) -%}
{%- set row_arrived = entity_kit._past_watermark(
    spec.loaded_at, 'loaded_at', this | string, lookback_interval, spec.name, 'lookback_interval'
) -%}
near_extracts as (
    select entity_kit_extract
    from (
        select
            entity_kit_extract,
            max(entity_kit_arrived) over (
                order by entity_kit_time, entity_kit_extract
                rows between 1 preceding and 1 following
            ) as entity_kit_is_near
        from (
            select
                entity_kit_extract,
                entity_kit_time,
                case when {{ extract_arrived | indent(20) }}
                    then 1 else 0
                end as entity_kit_arrived
            from extracts
            {%- if spec.extract_time is not none %}
            union all
            select
                {{ spec.loaded_at }},
                coalesce({{ spec.extract_time }}, {{ spec.loaded_at }}),
                1
            from {{ spec.relation }}
            where {{ row_arrived | indent(16) }}
            {%- endif %}
        ) as placed
    ) as neighbors
    where entity_kit_is_near = 1
)
{%- endmacro -%}
