{#-
    The CTE of all versions of the history, with each one's start and end, and what the table knows about its arrival.
-#}
{%- macro _grain_history(spec) -%}
{%- set row_order = entity_kit._row_order(
    'entity_kit_version', spec.history,
    spec.business_key + ['valid_from', 'valid_to', 'is_current', 'is_deleted', 'loaded_at'] + spec.attributes,
    spec.name, 'history'
) -%}
{#- An overwritten attribute changes in every version of the entity, any other only in what follows. -#}
{%- set seen = '' if spec.history_loaded_by_entity
    else '\norder by valid_from' ~ entity_kit._running_frame() -%}
history_versions as (
    select
        entity_kit_version.*,
        {{ entity_kit._utc('valid_from') }} as entity_kit_from,
        {{ entity_kit._period_of(spec.grain, entity_kit._utc('valid_from'), spec.zone) }} as entity_kit_starts,
        {{ entity_kit._period_of(spec.grain, entity_kit._utc('valid_to'), spec.zone) }} as entity_kit_ends,
        row_number() over (
            partition by {{ spec.key_list }}
            order by valid_from desc, {{ row_order | indent(12) }}
        ) as entity_kit_from_last,
        max(loaded_at) over (
            partition by {{ spec.key_list }}
            {{- seen | indent(12) }}
        ) as entity_kit_loaded_at
    from {{ spec.history_relation }} as entity_kit_version
    where {{ entity_kit._not_all_null(spec.business_key) }}
        and {{ entity_kit._utc('valid_from') }} is not null
)
{%- endmacro -%}
