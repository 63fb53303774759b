{%- macro metric_definitions(versions) -%}
{{ return(adapter.dispatch('metric_definitions', 'entity_kit')(versions)) }}
{%- endmacro -%}

{%- macro default__metric_definitions(versions) -%}
{%- set columns = {
    'unique_id': 'text', 'metric_name': 'text', 'identity': 'text', 'normal_form': 'text', 'version': 'integer',
    'label': 'text', 'description': 'text', 'metric_type': 'text', 'computed_as': 'text', 'category': 'text',
    'business_owner': 'text', 'technical_owner': 'text', 'source_models': 'text', 'dimensions': 'text', 'filters': 'text',
    'certified_by': 'text', 'certified_on': 'date', 'deprecation_date': 'date', 'replacement': 'text', 'synonyms': 'text'
} -%}
{%- set rows = [] -%}
{%- if execute -%}
    {%- set all = entity_kit._definitions() -%}
    {%- for row in entity_kit._definition_rows(all) -%}
        {%- set name = row[1] -%}
        {%- set metric = all.metrics[name] -%}
        {%- set ours = entity_kit._definition_meta(metric) -%}
        {%- set certified = ours['certified'] if ours['certified'] is mapping else {} -%}
        {%- set models, dimensions, filters = [], [], [] -%}
        {%- for leaf in entity_kit._definition_leaves(name, all) -%}
            {%- do models.append(leaf.model['depends_on']['nodes'] | first) -%}
            {%- do dimensions.extend((leaf.model['dimensions'] or []) | map(attribute='name')) -%}
            {%- do filters.extend(leaf.filters) -%}
        {%- endfor -%}
        {%- do rows.append(row + [
            metric['label'], metric['description'], metric['type'] | string, entity_kit._definition_text(name, all),
            ours['category'] or none, ours['business_owner'] or none, ours['technical_owner'] or none,
            models | unique | sort | join(', '), dimensions | unique | sort | join(', '),
            filters | unique | sort | join(' and ') or none, certified['by'] or none,
            certified['date'] | string if certified['date'] else none,
            ours['deprecation_date'] | string if ours['deprecation_date'] else none, ours['replacement'] or none,
            (ours['synonyms'] or []) | join(', ') or none
        ]) -%}
    {%- endfor -%}
{%- endif -%}
with definitions as (
    {{ entity_kit._rows(columns, rows) }}
),

changes as (
    select
        unique_id,
        min(logged_at) as created_at,
        max(logged_at) as modified_at
    from {{ entity_kit._relation(versions, 'metric_definitions', 'versions') }}
    where event <> 'removed'
    group by unique_id
)

select
    definitions.unique_id,
    {%- for name in columns if name != 'unique_id' %}
    {{ name }},
    {%- endfor %}
    certified_by is not null as is_certified,
    created_at,
    modified_at
from definitions
left join changes
    on definitions.unique_id = changes.unique_id
{%- endmacro -%}
