{#-
    The project's own nodes and their readers: `kinds`, each node's kind, and `readers`, as in `_graph_readers`.
    Without tests and the models of this package. Empty while dbt parses.
-#}
{%- macro _graph_edges() -%}
{%- set kinds = {} -%}
{%- set readers = {} -%}
{%- if execute -%}
    {%- for section in ['nodes', 'sources', 'exposures', 'metrics', 'semantic_models', 'saved_queries'] -%}
        {%- for node in (graph[section].values() if section in graph else []) -%}
            {%- if node['resource_type'] not in ['test', 'operation'] and node['package_name'] != 'entity_kit' -%}
                {%- do kinds.update({node['unique_id']: node['resource_type'] | string}) -%}
                {%- do readers.update({node['unique_id']: []}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for section in ['nodes', 'exposures', 'metrics', 'semantic_models', 'saved_queries'] -%}
        {%- for node in (graph[section].values() if section in graph else []) if node['unique_id'] in kinds -%}
            {%- for parent in (node['depends_on'] or {})['nodes'] | default([], true) | unique -%}
                {%- if parent in readers -%}
                    {%- do readers[parent].append(node['unique_id']) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}
{{ return({'kinds': kinds, 'readers': readers}) }}
{%- endmacro -%}
