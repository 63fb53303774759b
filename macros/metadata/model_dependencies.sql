{%- macro model_dependencies() -%}
{{ return(adapter.dispatch('model_dependencies', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default__model_dependencies() -%}
{%- set columns = {
    'parent': 'text', 'parent_kind': 'text', 'child': 'text', 'child_kind': 'text', 'is_direct': 'boolean',
    'depth': 'integer'
} -%}
{%- set rows = [] -%}
{%- if execute -%}
    {%- set kinds = {} -%}
    {%- for section in ['nodes', 'sources', 'exposures', 'metrics', 'semantic_models', 'saved_queries'] -%}
        {%- for node in (graph[section].values() if section in graph else []) -%}
            {%- if node['resource_type'] not in ['test', 'operation'] and node['package_name'] != 'entity_kit' -%}
                {%- do kinds.update({node['unique_id']: node['resource_type']}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set readers = {} -%}
    {%- for parent, found in entity_kit._graph_readers().items() -%}
        {%- if parent in kinds -%}
            {%- set kept = [] -%}
            {%- for child in found -%}
                {%- if child in kinds -%}
                    {%- do kept.append(child) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- do readers.update({parent: kept}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for parent, reached in entity_kit._depths(readers).items() -%}
        {%- for child, depth in reached.items() -%}
            {%- do rows.append([parent, kinds[parent], child, kinds[child], depth == 1, depth]) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}
{{ return(entity_kit._rows(columns, rows)) }}
{%- endmacro -%}
