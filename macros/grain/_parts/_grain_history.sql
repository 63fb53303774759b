{#-
    The CTE of all versions of the history, with each one's start and end, and what the table knows about its arrival.
    A deletion ends where it begins: from then on the entity isn't live.
-#}
{%- macro _grain_history(spec) -%}
{%- set row_order = entity_kit._row_order(
    'entity_kit_version', spec.history,
    spec.business_key + ['valid_from', 'valid_to', 'is_current', 'is_deleted', 'loaded_at'] + spec.attributes,
    spec.name, 'history', is_alone=true
) -%}
{#- An overwritten attribute changes in every version of the entity, any other only in what follows. -#}
{%- set by_key = 'partition by ' ~ spec.key_list -%}
{%- set seen = by_key if spec.history_loaded_by_entity
    else by_key ~ ' order by valid_from' ~ entity_kit._running_frame() -%}
{%- set from_last = entity_kit._named(
    'row_number() ' ~ entity_kit._over(spec.key_list, ['valid_from desc'] + row_order.split(',\n')), 'entity_kit_from_last'
) -%}
{%- set zone = spec.zone -%}
history_versions as (
    select versions_in_utc.*,
        {{ entity_kit._period_of(spec.grain, 'entity_kit_from', zone) }} as entity_kit_starts,
        {{ entity_kit._period_of(
            spec.grain, 'case when not is_deleted then entity_kit_to else entity_kit_from end', zone
        ) }} as entity_kit_ends,
        {{ entity_kit._period_of(spec.grain, 'entity_kit_arrived', zone) }} as entity_kit_known
    from (
        select entity_kit_version.*,
            {{ entity_kit._utc_column('valid_from', 'entity_kit_from') | indent(12) }},
            {{ entity_kit._utc_column('valid_to', 'entity_kit_to') | indent(12) }},
            {{ entity_kit._utc_column('loaded_at', 'entity_kit_arrived') | indent(12) }},
            {{ from_last | indent(12) }},
            max(loaded_at) over ({{ seen }}) as entity_kit_loaded_at
        from {{ spec.history_relation }} as entity_kit_version
        where {{ entity_kit._not_all_null(spec.business_key) }} and valid_from is not null
    ) as versions_in_utc
)
{%- endmacro -%}
