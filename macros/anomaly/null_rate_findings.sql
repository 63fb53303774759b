{#- The body of the data test `null_rate`. -#}
{%- macro null_rate_findings(model, column_name=none, at_most=0, columns=none, empty='allowed') -%}
{{ return(adapter.dispatch('null_rate_findings', 'entity_kit')(model, column_name, at_most, columns, empty)) }}
{%- endmacro -%}

{%- macro default__null_rate_findings(model, column_name, at_most, columns, empty) -%}
{%- set name = 'null_rate' -%}
{%- set allowed = entity_kit._rate_millionths(name, 'at_most', at_most) -%}
{%- do entity_kit._one_of(name, 'empty', empty, ['allowed', 'refused']) -%}
{%- set tested = entity_kit._rate_columns(name, model, column_name, columns) -%}
{%- set text = dbt.type_string() -%}
with counted as (
    select
        count(*) as row_count
    {%- for column in tested %},
        count(*) - count({{ column }}) as entity_kit_nulls_{{ loop.index }}
    {%- endfor %}
    from {{ model }}
),

listed as (
{%- for column in tested %}
    select
        {{ entity_kit._text_literal(entity_kit._unquoted(column)) }} as column_name,
        row_count,
        entity_kit_nulls_{{ loop.index }} as null_count
    from counted
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}
),

rated as (
    select
        listed.*,
        {{ entity_kit._rate_of('null_count', 'row_count') }} as observed_rate,
        {{ entity_kit._rate_of(allowed, 1000000) }} as allowed_rate
    from listed
),

judged as (
    select
        rated.*,
        case
        {%- if empty == 'refused' %}
            when row_count = 0 then 'the table has no rows, so it has no null rate'
        {%- endif %}
            when null_count * 1000000 > {{ allowed }} * row_count
                then {{ entity_kit._rate_percent('observed_rate') }} || ' of its rows (' || cast(null_count as {{ text }}) || ' of '
                    || cast(row_count as {{ text }}) || ') have no ' || column_name || '; at most {{ entity_kit._rate_shown(allowed) }} may'
        end as failure_reason
    from rated
)

select *
from judged
where failure_reason is not null
{%- endmacro -%}
