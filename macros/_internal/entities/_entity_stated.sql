{#- The CTE of the rows of the entities to build, with 1 as `entity_kit_counts` for those that count. -#}
{%- macro _entity_stated(spec) -%}
{%- set counts = 'entity_kit_from_last = 1'
    ~ ('' if spec.deleted is none else '\nand not coalesce((' ~ spec.deleted ~ '), false)') -%}
stated as (
    select entity_kit_row.*,
        case
            when {{ counts | indent(16) }}
                then 1
            else 0
        end as entity_kit_counts
    from versions as entity_kit_row
    where {{ entity_kit._not_all_null(spec.business_key) }}
    {%- if spec.narrowed and spec.rows_move %}
        and {{ entity_kit._is_touched(spec.business_key, spec.bucket) | indent(8) }}
    {%- endif %}
)
{%- endmacro -%}
