{#- The body of the data test `grain_placeable`. -#}
{%- macro grain_unplaceable(model, business_key, occurred_at, loaded_at=none, occurred_from=none, occurred_to=none) -%}
{{ return(adapter.dispatch('grain_unplaceable', 'entity_kit')(
    model, business_key, occurred_at, loaded_at, occurred_from, occurred_to
)) }}
{%- endmacro -%}

{%- macro default__grain_unplaceable(model, business_key, occurred_at, loaded_at, occurred_from, occurred_to) -%}
{%- set name = 'grain_placeable' -%}
{%- set keys = entity_kit._column_names(name, 'business_key', business_key) -%}
{%- set happened = entity_kit._utc(entity_kit._expression(entity_kit._string(name, 'occurred_at', occurred_at))) -%}
with judged as (
    select
        event_row.*,
        case
            when not {{ entity_kit._not_all_null(keys) }} then 'the whole business key is null'
            when {{ happened }} is null then 'it has no event time'
        {%- if occurred_from is not none %}
            when {{ happened }} < {{ entity_kit._utc_instant(occurred_from) }}
                then 'its event time is before occurred_from'
        {%- endif %}
        {%- if occurred_to is not none %}
            when {{ happened }} >= {{ entity_kit._utc_instant(occurred_to) }}
                then 'its event time is not before occurred_to'
        {%- endif %}
        {%- if loaded_at is not none %}
            when {{ entity_kit._expression(entity_kit._string(name, 'loaded_at', loaded_at)) }} is null
                then 'it has no loaded time, so every run reads it again'
        {%- endif %}
        end as failure_reason
    from {{ model }} as event_row
)

select *
from judged
where failure_reason is not null
{%- endmacro -%}
