{#-
    The select of the first and last period in which a version of an entity begins, and of the period in which the entity
    ended. The last version shows that: closed or deleted, at the later of that time and when it became known.
-#}
{%- macro _grain_history_ranges(spec) -%}
select {{ spec.key_list }},
    min({{ spec.bounds.starts }}) as first_period,
    max({{ spec.bounds.starts }}) as last_period,
    max(case when entity_kit_from_last = 1 and (is_deleted or not is_current)
        then {{ entity_kit._greatest(['entity_kit_known', 'entity_kit_ends']) | indent(8) }}
    end) as deleted_period
from history_versions group by {{ spec.key_list }}
{%- endmacro -%}
