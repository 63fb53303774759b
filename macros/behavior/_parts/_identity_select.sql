{#- The final select of `identity_map`. The earliest identifier of a person, or of a component, gives it its id. -#}
{%- macro _identity_select(spec) -%}
select
    node_type,
    node,
    durable_key,
    first_value(durable_key) over (
        partition by person
        order by first_linked_at nulls last, durable_key
    ) as person_id,
    cast(count(*) over (partition by person) as {{ entity_kit._column_type('integer') }}) as members,
    first_linked_at,
    last_linked_at,
    first_value(durable_key) over (
        partition by component
        order by first_linked_at nulls last, durable_key
    ) as component_id,
    reason,
    counts = 0 as is_deleted,
    max(loaded_at) over (partition by component) as loaded_at
from judged
{%- endmacro -%}
