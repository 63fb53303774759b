{#- The body of the data test `grain_reconciles`. -#}
{%- macro grain_differences(
    model, measure, events, calculation, business_key, occurred_at, loaded_at=none, row_key=none, deleted_when=none,
    tolerance=0
) -%}
{{ return(adapter.dispatch('grain_differences', 'entity_kit')(
    model, measure, events, calculation, business_key, occurred_at, loaded_at, row_key, deleted_when, tolerance
)) }}
{%- endmacro -%}

{%- macro default__grain_differences(
    model, measure, events, calculation, business_key, occurred_at, loaded_at, row_key, deleted_when, tolerance
) -%}
{%- set name = 'grain_reconciles' -%}
{%- set keys = entity_kit._column_names(name, 'business_key', business_key) -%}
{%- set column = entity_kit._column(entity_kit._string(name, 'measure', measure)) -%}
{%- set calculation = entity_kit._string(name, 'calculation', calculation, 'an aggregate in SQL, such as sum(amount)') -%}
{%- set happened = entity_kit._expression(entity_kit._string(name, 'occurred_at', occurred_at)) -%}
{%- set row_keys = entity_kit._column_names(name, 'row_key', row_key) if row_key is not none else [] -%}
{%- do entity_kit._require(
    not row_keys or loaded_at is not none, name, 'loaded_at', 'set if `row_key` is', loaded_at,
    'It says which version of a row is the latest.'
) -%}
{%- do entity_kit._require(
    tolerance is number and tolerance >= 0, name, 'tolerance', 'a number, zero or more', tolerance,
    'It is the allowed difference between the totals.'
) -%}
with counted as (
    select *
    from (
        select
            entity_kit_row.*,
        {%- if row_keys %}
            row_number() over (
                partition by {{ row_keys | join(', ') }}
                order by
                    {{ entity_kit._expression(loaded_at) }} desc nulls last,
                    {{ entity_kit._row_order('entity_kit_row', events, none, name, 'events') | indent(20) }}
            ) as entity_kit_from_last
        {%- else %}
            1 as entity_kit_from_last
        {%- endif %}
        from {{ entity_kit._relation(events, name, 'events') }} as entity_kit_row
    ) as versions
    where entity_kit_from_last = 1
        and {{ entity_kit._not_all_null(keys) }}
        and {{ happened }} is not null
    {%- if deleted_when is not none %}
        and not coalesce(({{ entity_kit._string(name, 'deleted_when', deleted_when, 'a condition on the rows') }}), false)
    {%- endif %}
),

totals as (
    select
        (select coalesce(sum({{ column }}), 0) from {{ model }}) as grain_total,
        (select coalesce({{ calculation }}, 0) from counted) as events_total
)

select
    grain_total,
    events_total,
    'the total of {{ measure | replace("'", "''") }} differs from that of the events' as failure_reason
from totals
where abs(grain_total - events_total) > {{ tolerance }}
{%- endmacro -%}
