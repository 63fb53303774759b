{#- The CTE of the time spine's periods, in a list; none where no metric of the table has `join_to_timespine`. -#}
{%- macro _metric_spine_periods(spec) -%}
{%- if spec.spine_periods is none -%}
{{ return([]) }}
{%- endif -%}
{%- set cte -%}
entity_kit_spine_periods as {{ entity_kit._materialized() }}(
    select entity_kit_shown as entity_kit_period
    from (
        {{ spec.spine_periods | indent(8) }}
    ) as entity_kit_points
)
{%- endset -%}
{{ return([cte]) }}
{%- endmacro -%}
