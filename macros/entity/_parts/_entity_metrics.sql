{#- The CTE of each entity's metrics, over the rows that count. -#}
{%- macro _entity_metrics(spec) -%}
metrics as (
    select {{ spec.key_list }},
    {%- for metric in spec.metrics %}
        {{ metric['calculation'] }} as {{ metric['column'] }}{{ ',' if not loop.last }}
    {%- endfor %}
    from stated
    where entity_kit_counts = 1
    group by {{ spec.key_list }}
)
{%- endmacro -%}
