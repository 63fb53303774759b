{#- The CTE of the rows in order: which of them are valid, and the latest values of the overwritten columns. -#}
{%- macro _scd2_in_order(spec) -%}
{%- set ranks = entity_kit._scd2_ranks(spec) -%}
{%- set live_first = 'entity_kit_deletes,\n' if spec.has_deletions else '' -%}
{%- set latest_first = live_first ~ entity_kit._scd2_order(ranks, backwards=true) -%}
-- The last row of an instant stands; the others are corrected by it.
in_order as (
    select *,
    {%- for column in spec.columns %}{% if column in spec.overwrite %}
        first_value({{ column }}) over (
            partition by {{ spec.key_list }}
            order by
                {{ latest_first | indent(16) }}
            rows between unbounded preceding and unbounded following
        ) as entity_kit_latest_{{ loop.index }},
    {%- endif %}{% endfor %}
        case
            when lead(entity_kit_changed_at) over (
                partition by {{ spec.key_list }}
                order by
                    {{ entity_kit._scd2_order(ranks) | indent(20) }}
            ) = entity_kit_changed_at then 0
            {%- if spec.ignores_deletions %}
            when entity_kit_deletes = 1 then 0
            {%- endif %}
            else 1
        end as entity_kit_stands
    from stated
)
{%- endmacro -%}
