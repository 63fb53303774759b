{#-
    The readers of every node and source, from the graph: `{unique_id: [unique ids of its readers]}`. Tests are readers
    too, except of the node that they belong to.
-#}
{%- macro _graph_readers() -%}
{%- set readers = {} -%}
{%- for section in ['nodes', 'sources', 'exposures', 'metrics', 'semantic_models', 'saved_queries'] -%}
    {%- for node in (graph[section].values() if section in graph else []) -%}
        {%- do readers.update({node['unique_id']: []}) -%}
    {%- endfor -%}
{%- endfor -%}
{%- for section in ['nodes', 'exposures', 'metrics', 'semantic_models', 'saved_queries'] -%}
    {%- for node in (graph[section].values() if section in graph else []) -%}
        {%- set own = node['attached_node'] if 'attached_node' in node else none -%}
        {%- for parent in (node['depends_on'] or {})['nodes'] | default([], true) | unique -%}
            {%- if parent in readers and parent != own -%}
                {%- do readers[parent].append(node['unique_id']) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(readers) }}
{%- endmacro -%}
