{%- macro model_inventory() -%}
{{ return(adapter.dispatch('model_inventory', 'entity_kit')()) }}
{%- endmacro -%}

{#- A call for each model is most of the work, so what is common is written out, and the layer left to SQL. -#}
{%- macro default__model_inventory() -%}
{%- set columns = {
    'unique_id': 'text', 'model_name': 'text', 'package_name': 'text', 'path': 'text', 'grain': 'text',
    'owner': 'text', 'materialized': 'text', 'access': 'text', 'has_contract': 'boolean',
    'is_deprecated': 'boolean', 'is_described': 'boolean', 'declared_columns': 'integer',
    'described_columns': 'integer'
} -%}
{%- set rows = [] -%}
{%- if execute -%}
    {%- set groups = graph['groups'].values() if 'groups' in graph else [] -%}
    {%- for node in graph['nodes'].values() -%}
        {%- if node['resource_type'] == 'model' and node['package_name'] != 'entity_kit' -%}
            {%- set meta = node['config']['meta'] or {} -%}
            {%- set ours = meta['entity_kit'] if meta['entity_kit'] is mapping else {} -%}
            {%- set group = groups | selectattr('name', 'equalto', node['group']) | list if node['group'] else [] -%}
            {%- set owner = meta['owner'] or (group[0]['owner']['name'] or group[0]['name'] if group else none) -%}
            {%- set grain = ours['grain'] or (meta['entity_kit_grain'] or meta['entity_kit_rollup'] or {})['grain']
                or meta['grain'] -%}
            {%- do rows.append([
                node['unique_id'], entity_kit._display_name(node) if node['version'] else node['name'],
                node['package_name'], node['original_file_path'],
                none if not grain else (grain if grain is string else tojson(grain)),
                none if not owner else (owner if owner is string else tojson(owner)),
                node['config']['materialized'], node['access'] | string,
                (node['contract'] or {})['enforced'] or false,
                'entity_kit_deprecation' in meta or (node['deprecation_date'] or none) is not none,
                node['description'] | length > 0, node['columns'] | length,
                node['columns'].values() | selectattr('description') | list | length if node['columns'] else 0
            ]) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
with models as (
    {{ entity_kit._rows(columns, rows) }}
),

scores as (
    {{ entity_kit._complexities() }}
)

select
    models.unique_id,
    model_name,
    package_name,
    path,
    {{ entity_kit._layer_sql('model_name', entity_kit._layers()) }} as layer,
    grain,
    owner,
    materialized,
    access,
    has_contract,
    is_deprecated,
    is_described,
    declared_columns,
    described_columns,
    cast(described_columns as {{ entity_kit._column_type('number') }}) / nullif(declared_columns, 0)
        as description_coverage,
    scores.lines,
    scores.complexity
from models
inner join scores
    on models.unique_id = scores.unique_id
{%- endmacro -%}
