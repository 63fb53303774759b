{#- The body of the data test `grain_unique`. -#}
{%- macro grain_duplicates(model, business_key) -%}
{{ return(adapter.dispatch('grain_duplicates', 'entity_kit')(model, business_key)) }}
{%- endmacro -%}

{%- macro default__grain_duplicates(model, business_key) -%}
{%- set keys = entity_kit._column_names('grain_unique', 'business_key', business_key) -%}
with counted as (
    select
        grain_row.*,
        count(*) over (partition by {{ keys | join(', ') }}, period_start) as entity_kit_rows
    from {{ model }} as grain_row
),

judged as (
    select
        counted.*,
        case
            when not {{ entity_kit._not_all_null(keys) }} then 'the whole business key is null'
            when period_start is null then 'period_start is null'
            when period_end is null or period_end <= period_start then 'period_end is not after period_start'
            when entity_kit_rows > 1 then 'the entity has more than one row for this period'
        end as failure_reason
    from counted
)

select *
from judged
where failure_reason is not null
{%- endmacro -%}
