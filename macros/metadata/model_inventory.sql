{%- macro model_inventory() -%}
{{ return(adapter.dispatch('model_inventory', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default__model_inventory() -%}
{%- set columns = {
    'unique_id': 'text', 'model_name': 'text', 'package_name': 'text', 'path': 'text', 'layer': 'text',
    'grain': 'text', 'owner': 'text', 'materialized': 'text', 'access': 'text', 'has_contract': 'boolean',
    'is_deprecated': 'boolean', 'is_described': 'boolean', 'declared_columns': 'integer',
    'described_columns': 'integer', 'description_coverage': 'number', 'lines': 'integer', 'complexity': 'integer'
} -%}
{%- set rows = [] -%}
{%- if execute -%}
    {%- set layers = entity_kit._layers() -%}
    {%- for node in graph['nodes'].values() -%}
        {%- if node['resource_type'] == 'model' and node['package_name'] != 'entity_kit' -%}
            {#- A call for each model is most of the work, so the common case is written out. -#}
            {%- set name = entity_kit._shown_name(node) if node['version'] else node['name'] -%}
            {%- set meta = (node['config'] or {})['meta'] or {} -%}
            {%- set ours = meta['entity_kit'] if meta['entity_kit'] is mapping else {} -%}
            {%- set group = graph['groups'].values() | selectattr('name', 'equalto', node['group']) | list
                if node['group'] and 'groups' in graph else [] -%}
            {%- set owner = meta['owner'] or (group[0]['owner']['name'] or group[0]['name'] if group else none) -%}
            {%- set grain = ours['grain'] or meta['grain'] -%}
            {%- set described = [] -%}
            {%- for column in node['columns'].values() -%}
                {%- if column['description'] -%}
                    {%- do described.append(column['name']) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- set declared = node['columns'] | length -%}
            {%- do rows.append([
                node['unique_id'], name, node['package_name'], node['original_file_path'],
                entity_kit._layer_of(node, layers),
                none if not grain else (grain if grain is string else tojson(grain)),
                none if not owner else (owner if owner is string else tojson(owner)),
                node['config']['materialized'], node['access'] | string,
                (node['contract'] or {})['enforced'] or false,
                'entity_kit_deprecation' in meta or (node['deprecation_date'] or none) is not none,
                (node['description'] or '') | length > 0, declared, described | length,
                described | length / declared if declared else none,
                (node['raw_code'] or '').split('\n') | length, entity_kit._complexity(node)
            ]) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{{ return(entity_kit._rows(columns, rows)) }}
{%- endmacro -%}
