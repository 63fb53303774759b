{#-
    The select of what arrived in the history since the last run. An overwritten attribute changes in every version of its
    entity, so all of it is touched. Otherwise a late version changes what follows it, and may take rows away from the one
    before, or be there in place of it. The first such of an entity speaks for the others; NULL is from its beginning.
    There is one row per entity.
-#}
{%- macro _grain_touched_by_history(spec) -%}
{%- if spec.history_loaded_by_entity -%}
{{ return(entity_kit._query([
    entity_kit._select('select distinct', [spec.key_list, 'true', spec.no_period, spec.no_period]),
    'from history_versions',
    'where ' ~ spec.arrived.version
])) }}
{%- else -%}
select {{ spec.key_list }}, true,
    case when count(touched_from) = count(*) then min(touched_from) end, {{ spec.no_period }}
from (
    select history_versions.*,
        lag(entity_kit_starts) over (partition by {{ spec.key_list }} order by entity_kit_from) as touched_from
    from history_versions
) as followed
where {{ spec.arrived.version }}
group by {{ spec.key_list }}
{%- endif -%}
{%- endmacro -%}
