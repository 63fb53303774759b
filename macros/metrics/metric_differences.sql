{#- The body of the data test `metric_reconciles`. -#}
{%- macro metric_differences(
    model, metric_name, grain, column=none, dimensions={}, period='period_start', loaded_at=none, timezone='UTC',
    tolerance=0, relative_tolerance=0, upstreams=[]
) -%}
{{ return(adapter.dispatch('metric_differences', 'entity_kit')(
    model, metric_name, grain, column, dimensions, period, loaded_at, timezone, tolerance, relative_tolerance, upstreams
)) }}
{%- endmacro -%}

{#- Both sides are added up by period and dimensions, because a group takes two NULLs for equal and a join doesn't. -#}
{%- macro default__metric_differences(
    model, metric_name, grain, column, dimensions, period, loaded_at, timezone, tolerance, relative_tolerance, upstreams
) -%}
{%- set name = 'metric_reconciles' -%}
{%- set asked_name = entity_kit._string(name, 'metric_name', metric_name, 'the name of a metric') -%}
{%- for key, value in {'tolerance': tolerance, 'relative_tolerance': relative_tolerance}.items() -%}
    {%- do entity_kit._require(
        value is number and value >= 0, name, key, 'a number, zero or more', value,
        'It is the allowed difference between the two values.'
    ) -%}
{%- endfor -%}
{%- set named = {} -%}
{%- for each in (dimensions if dimensions is mapping else entity_kit._list(name, 'dimensions', dimensions, may_be_empty=true)) -%}
    {%- do named.update({each: dimensions[each] if dimensions is mapping else each}) -%}
{%- endfor -%}
{%- set asked = entity_kit._metric_arguments(
    name, asked_name, grain, named.keys() | list, loaded_at, timezone, 'sparse', none, upstreams, {}
) -%}
{%- if not execute -%}
    {{ return('select 1 as nothing from ' ~ model ~ ' where 1 = 0') }}
{%- endif -%}
{%- do entity_kit._known_in(
    name, model, {'period': [period], 'column': [column or asked_name], 'dimensions': named.values() | list}
) -%}
{%- set keys, defined, given = ['period_start'], [], [] -%}
{%- for each in named -%}
    {%- do keys.append(each) -%}
    {%- do defined.append(each) -%}
    {%- do given.append(entity_kit._column(named[each]) ~ ' as ' ~ each) -%}
{%- endfor -%}
{%- set instant = dbt.type_timestamp() -%}
with {{ entity_kit._metric_ctes(entity_kit._metric_spec(dict(asked, only_compared=true))) | join(',\n\n') }},

sides as (
    select
        cast({{ entity_kit._column(period) }} as {{ instant }}) as period_start,
        {%- for each in given %}
        {{ each }},
        {%- endfor %}
        {{ entity_kit._column(column or asked_name) }} as in_table,
        null as in_definition,
        1 as table_rows,
        0 as definition_rows
    from {{ model }}
    union all
    select
        cast(period_start as {{ instant }}) as period_start,
        {%- for each in defined %}
        {{ each }},
        {%- endfor %}
        null as in_table,
        {{ entity_kit._column(asked_name) }} as in_definition,
        0 as table_rows,
        1 as definition_rows
    from entity_kit_built
),

compared as (
    select
        {{ keys | join(',\n') | indent(8) }},
        max(in_table) as table_value,
        max(in_definition) as definition_value,
        sum(table_rows) as table_rows,
        sum(definition_rows) as definition_rows
    from sides
    group by {{ keys | join(', ') }}
),

judged as (
    select
        *,
        case
            when table_rows > 1 then 'the table has several rows for this period and these dimensions'
            when table_value is null and definition_value is null then null
            when table_rows = 0 then 'the table lacks this period and these dimensions'
            when definition_rows = 0 then 'by its definition, the metric has no row here'
            when table_value is null or definition_value is null then 'only one of the values is NULL'
            when abs(table_value - definition_value) > {{ tolerance }}
                and abs(table_value - definition_value) > {{ relative_tolerance }} * abs(definition_value)
                then 'the values differ'
        end as failure_reason
    from compared
)

select
    {{ keys | join(',\n') | indent(4) }},
    table_value,
    definition_value,
    failure_reason
from judged
where failure_reason is not null
{%- endmacro -%}
