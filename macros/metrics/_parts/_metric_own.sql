{#-
    A semantic model's own dimension or entity by name, as a mapping of its `type`, its SQL (`expr`), and a time's
    `granularity`; none if there is none. Dimensions are named through an entity that identifies the model's rows.
-#}
{%- macro _metric_own(semantic_model, links, element, kind) -%}
{%- set found = namespace(own=none, identities=[semantic_model['primary_entity']]) -%}
{%- for entity in semantic_model['entities'] -%}
    {%- if entity['type'] in ['primary', 'unique', 'natural'] -%}
        {%- set found.identities = found.identities + [entity['name']] -%}
    {%- endif -%}
    {%- if kind != 'TimeDimension' and entity['name'] == element -%}
        {%- set found.own = {
            'type': 'entity', 'expr': entity['expr'] or entity_kit._column(element), 'granularity': none
        } -%}
    {%- endif -%}
{%- endfor -%}
{%- set is_named = links | length == 1 and links[0] in found.identities -%}
{%- if found.own is not none and (links | length == 0 or is_named) -%}
    {{ return(found.own) }}
{%- endif -%}
{%- if kind != 'Entity' and is_named -%}
    {%- for dimension in semantic_model['dimensions'] if dimension['name'] == element -%}
        {{ return({
            'type': dimension['type'],
            'expr': dimension['expr'] or entity_kit._column(element),
            'granularity': (dimension['type_params'] or {}).get('time_granularity')
        }) }}
    {%- endfor -%}
{%- endif -%}
{{ return(none) }}
{%- endmacro -%}
