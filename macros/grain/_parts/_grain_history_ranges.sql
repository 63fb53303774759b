{#-
    The CTE of the first and last period in which a version of an entity begins, and of the period in which the entity
    ended. The last version shows that: closed or deleted, at the later of that time and when it became known.
-#}
{%- macro _grain_history_ranges(spec) -%}
{%- set deleted_period = entity_kit._greatest([
    entity_kit._period_of(spec.grain, entity_kit._utc('loaded_at'), spec.zone),
    'case when is_deleted then entity_kit_starts else entity_kit_ends end'
]) -%}
history_ranges as (
    select
        {{ spec.key_list }},
        min({{ spec.bounds.starts }}) as first_period,
        max({{ spec.bounds.starts }}) as last_period,
        max(
            case
                when entity_kit_from_last = 1 and (is_deleted or not is_current)
                    then {{ deleted_period | indent(20) }}
            end
        ) as deleted_period
    from history_versions
    group by {{ spec.key_list }}
)
{%- endmacro -%}
