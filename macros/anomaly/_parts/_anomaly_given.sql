{#- The CTE of the series' rows, and in an incremental run of what the table has of each. -#}
{%- macro _anomaly_given(spec) -%}
given as (
    select
        {%- for column in spec.by %}
        {{ column }},
        {%- endfor %}
        {{ spec.period }} as period_start,
        {{ spec.value }} as value
        {%- if spec.loaded_at is not none %},
        {{ spec.loaded_at }} as loaded_at
        {%- endif %}
        {%- if spec.narrowed %},
        1 as entity_kit_is_given,
        0 as entity_kit_is_settled
        {%- endif %}
    from {{ spec.relation }} as entity_kit_series
    {%- if spec.narrowed %}
    union all
    select
        {%- for column in spec.by %}
        {{ column }},
        {%- endfor %}
        period_start,
        value,
        loaded_at,
        0 as entity_kit_is_given,
        case when status in ('not_over', 'several_rows') then 0 else 1 end as entity_kit_is_settled
    from {{ this }}
    {%- endif %}
)
{%- endmacro -%}
