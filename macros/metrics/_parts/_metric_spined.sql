{#-
    The CTEs of what `join_to_timespine` adds: for each such leaf the periods of the time spine in which no row counts for it.
    The table has them without dimensions, as MetricFlow does.
-#}
{%- macro _metric_spined(spec) -%}
{%- set found = namespace(ctes=[]) -%}
{%- for leaf in spec.leaves if leaf.is_spined -%}
    {%- set number = spec.leaves.index(leaf) + 1 -%}
    {%- set cte -%}
entity_kit_spined_{{ number }} as (
    select
        entity_kit_spine_periods.entity_kit_period,
        1 as entity_kit_rows
    from entity_kit_spine_periods
    {%- if spec.narrowed %}
    inner join entity_kit_touched on entity_kit_touched.entity_kit_period = entity_kit_spine_periods.entity_kit_period
    {%- endif %}
    where not exists (
        select 1
        from {{ leaf.source }}_measures as counted
        where counted.entity_kit_period = entity_kit_spine_periods.entity_kit_period
            and counted.entity_kit_rows_{{ number }} > 0
    )
)
    {%- endset -%}
    {%- set found.ctes = found.ctes + [cte] -%}
{%- endfor -%}
{{ return(found.ctes) }}
{%- endmacro -%}
