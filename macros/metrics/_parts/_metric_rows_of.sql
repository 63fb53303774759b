{#- The two CTEs of one source, from the columns that it reads and those that are kept of them. -#}
{%- macro _metric_rows_of(source, read, kept) -%}
{{ source.id }}_rows as {{ entity_kit._not_materialized() }}(
    select
        {{ (['entity_kit_period', 'entity_kit_loaded_at'] + kept) | join(',\n') | indent(8) }}
    from (
        select
            {{ ([
                source.period ~ ' as entity_kit_period',
                source.loaded_at ~ ' as entity_kit_loaded_at'
            ] + read) | join(',\n') | indent(12) }}
        from {{ source.relation }} as entity_kit_row
    ) as entity_kit_read
),

{{ source.id }}_periods as {{ entity_kit._materialized() }}(
    select
        entity_kit_period,
        max(entity_kit_loaded_at) as {{ source.id }}_loaded_at,
        count(*) as {{ source.id }}_rows
    from {{ source.id }}_rows
    where entity_kit_period is not null
    group by entity_kit_period
)
{%- endmacro -%}
