{#- The body of the data test `grain_complete`. -#}
{%- macro grain_gaps(model, business_key) -%}
{{ return(adapter.dispatch('grain_gaps', 'entity_kit')(model, business_key)) }}
{%- endmacro -%}

{#- Each period's end is the next one's start, so the grain needn't be known. -#}
{%- macro default__grain_gaps(model, business_key) -%}
{%- set keys = entity_kit._column_names('grain_complete', 'business_key', business_key) -%}
with followed as (
    select
        grain_row.*,
        lag(period_end) over (
            partition by {{ keys | join(', ') }}
            order by period_start
        ) as previous_end
    from {{ model }} as grain_row
)

select
    followed.*,
    case
        when previous_end < period_start
            then 'periods are missing from ' || cast(previous_end as {{ dbt.type_string() }})
                || ' to ' || cast(period_start as {{ dbt.type_string() }})
        else 'the period begins before the previous one has ended'
    end as failure_reason
from followed
where previous_end <> period_start
{%- endmacro -%}
