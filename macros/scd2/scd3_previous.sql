{%- macro scd3_previous(history, columns) -%}
{{ return(adapter.dispatch('scd3_previous', 'entity_kit')(history, columns)) }}
{%- endmacro -%}

{#- A column's previous value is what it had before it last changed, however many versions ago that was. -#}
{%- macro default__scd3_previous(history, columns) -%}
{%- set name = 'scd3_previous' -%}
{%- set columns = entity_kit._column_names(name, 'columns', columns) -%}
{%- set relation = entity_kit._relation(history, name, 'history') -%}
{%- set known = namespace(names=[]) -%}
{%- for column in entity_kit._scd2_columns_of(history) -%}
    {%- set known.names = known.names + [column.name] -%}
{%- endfor -%}
{%- if known.names -%}
    {%- do entity_kit._scd2_known_columns(name, 'columns', columns, known.names, relation) -%}
{%- endif -%}
{%- set previous = namespace(names=[]) -%}
{%- for column in columns -%}
    {%- set previous.names = previous.names + [entity_kit._column('previous_' ~ entity_kit._unquoted(column))] -%}
{%- endfor -%}
select
    entity_kit_version.*
{%- for column in columns %},
    entity_kit_past.{{ previous.names[loop.index0] }}
{%- endfor %}
from {{ relation }} as entity_kit_version
inner join (
    select
        surrogate_key as entity_kit_key,
    {%- for column in columns %}
        first_value(entity_kit_before_{{ loop.index }}) over (
            partition by durable_key, entity_kit_value_{{ loop.index }}
            order by valid_from
            rows between unbounded preceding and unbounded following
        ) as {{ previous.names[loop.index0] }}{{ ',' if not loop.last }}
    {%- endfor %}
    from (
        select
            *,
        {%- for column in columns %}
            sum(entity_kit_differs_{{ loop.index }}) over (
                partition by durable_key
                order by valid_from
                rows between unbounded preceding and current row
            ) as entity_kit_value_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
        from (
            select
                *,
            {%- for column in columns %}
                lag({{ column }}) over (partition by durable_key order by valid_from) as entity_kit_before_{{ loop.index }},
                case
                    when {{ entity_kit._null_safe_equal(
                        'lag(' ~ column ~ ') over (partition by durable_key order by valid_from)', column
                    ) }} then 0
                    else 1
                end as entity_kit_differs_{{ loop.index }}{{ ',' if not loop.last }}
            {%- endfor %}
            from {{ relation }}
            where not is_deleted
        ) as compared
    ) as numbered
) as entity_kit_past on entity_kit_past.entity_kit_key = entity_kit_version.surrogate_key
where entity_kit_version.is_current
{%- endmacro -%}
