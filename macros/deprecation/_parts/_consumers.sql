{#-
    The nodes that read a node of the graph directly: mappings of `unique_id`, `name`, and `kind`. A data test that
    belongs to the node itself isn't included.
-#}
{%- macro _consumers(unique_id) -%}
{%- set found = namespace(all=[]) -%}
{%- for section in ['nodes', 'exposures', 'metrics', 'semantic_models', 'saved_queries'] -%}
    {%- for node in (graph[section].values() if section in graph else []) -%}
        {%- if unique_id in (node['depends_on'] or {})['nodes'] | default([], true)
            and (node['attached_node'] if 'attached_node' in node else none) != unique_id -%}
            {%- set found.all = found.all + [{
                'unique_id': node['unique_id'],
                'name': entity_kit._display_name(node),
                'kind': node['resource_type'] | replace('_', ' ')
            }] -%}
        {%- endif -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(found.all | sort(attribute='unique_id')) }}
{%- endmacro -%}
