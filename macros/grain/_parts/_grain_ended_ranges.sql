{#- The CTE of what the table has of the entities that ended, and whether their history changed (`by_history`). -#}
{%- macro _grain_ended_ranges(spec) -%}
ended_ranges as (
    select built.*, coalesce(touched.by_history, false) as by_history
    from built_ranges as built
    {{ entity_kit._join('inner join history_versions as version', [
        entity_kit._same_key('version', 'built', spec.business_key), 'version.entity_kit_from_last = 1'
    ]) | indent(4) }}
    {{ entity_kit._join('left join touched_ranges as touched', [
        entity_kit._same_key('touched', 'built', spec.business_key), 'touched.by_history'
    ]) | indent(4) }}
    where version.is_deleted or not version.is_current
)
{%- endmacro -%}
