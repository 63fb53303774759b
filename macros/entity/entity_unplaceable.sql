{#- The body of the data test `entity_placeable`. -#}
{%- macro entity_unplaceable(model, business_key, loaded_at=none) -%}
{{ return(adapter.dispatch('entity_unplaceable', 'entity_kit')(model, business_key, loaded_at)) }}
{%- endmacro -%}

{%- macro default__entity_unplaceable(model, business_key, loaded_at) -%}
{%- set name = 'entity_placeable' -%}
{%- set keys = entity_kit._column_names(name, 'business_key', business_key) -%}
with judged as (
    select
        source_row.*,
        case
            when not {{ entity_kit._not_all_null(keys) }} then 'the whole business key is null'
        {%- if loaded_at is not none %}
            when {{ entity_kit._expression(entity_kit._string(name, 'loaded_at', loaded_at)) }} is null
                then 'it has no loaded time, so every run reads it again'
        {%- endif %}
        end as failure_reason
    from {{ model }} as source_row
)

select *
from judged
where failure_reason is not null
{%- endmacro -%}
