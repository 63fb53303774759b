{#- The CTE of each entity's latest row, which has its attributes: among the rows that count, if there are any. -#}
{%- macro _entity_latest(spec) -%}
latest as (
    select *
    from (
        select entity_kit_row.*,
            row_number() over (
                partition by {{ spec.key_list }}
                order by
                    entity_kit_counts desc,
                    {{ spec.order | indent(20) }}
            ) as entity_kit_rank
        from stated as entity_kit_row
    ) as ranked
    where entity_kit_rank = 1
)
{%- endmacro -%}
