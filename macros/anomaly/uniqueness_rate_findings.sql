{#- The body of the data test `uniqueness_rate`. -#}
{%- macro uniqueness_rate_findings(model, column_name=none, at_least=1, columns=none, empty='allowed') -%}
{{ return(adapter.dispatch('uniqueness_rate_findings', 'entity_kit')(model, column_name, at_least, columns, empty)) }}
{%- endmacro -%}

{#- Rows whose whole key is NULL don't count, as in dbt's own test of uniqueness. -#}
{%- macro default__uniqueness_rate_findings(model, column_name, at_least, columns, empty) -%}
{%- set name = 'uniqueness_rate' -%}
{%- set required = entity_kit._rate_millionths(name, 'at_least', at_least) -%}
{%- do entity_kit._one_of(name, 'empty', empty, ['allowed', 'refused']) -%}
{%- set keys = entity_kit._rate_columns(name, model, column_name, columns) -%}
{%- set names = [] -%}
{%- for key in keys -%}
    {%- do names.append(entity_kit._unquoted(key)) -%}
{%- endfor -%}
{%- set shown = entity_kit._text_literal(names | join(', ')) -%}
{%- set text = dbt.type_string() -%}
with keyed as (
    select
        {{ keys | join(',\n        ') }},
        count(*) as entity_kit_rows
    from {{ model }}
    where {{ entity_kit._not_all_null(keys) }}
    group by {{ keys | join(', ') }}
),

counted as (
    select
        cast(coalesce(sum(entity_kit_rows), 0) as {{ dbt.type_bigint() }}) as row_count,
        count(*) as distinct_count
    from keyed
),

rated as (
    select
        {{ shown }} as column_name,
        counted.*,
        {{ entity_kit._rate_of('distinct_count', 'row_count') }} as observed_rate,
        {{ entity_kit._rate_of(required, 1000000) }} as allowed_rate
    from counted
),

judged as (
    select
        rated.*,
        case
        {%- if empty == 'refused' %}
            when row_count = 0 then 'no row has a value in ' || column_name || ', so it has no uniqueness rate'
        {%- endif %}
            when distinct_count * 1000000 < {{ required }} * row_count
                then cast(row_count as {{ text }}) || ' rows have ' || cast(distinct_count as {{ text }}) || ' different values of '
                    || column_name || ', a rate of ' || {{ entity_kit._rate_percent('observed_rate') }}
                    || '; at least {{ entity_kit._rate_shown(required) }} is required'
        end as failure_reason
    from rated
)

select *
from judged
where failure_reason is not null
{%- endmacro -%}
