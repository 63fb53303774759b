{#-
    The graph's model with a name, or none: `customers`, which is the latest version if there are several, as in `ref`,
    or `customers.v1`. A model of the user's project comes before one of a package.
-#}
{%- macro _model_named(name) -%}
{%- set found = namespace(node=none) -%}
{%- for node in graph['nodes'].values() -%}
    {%- if node['resource_type'] in ['model', 'seed', 'snapshot'] -%}
        {%- set version = node['version'] if 'version' in node else none -%}
        {%- set latest = version is none or version | string == node['latest_version'] | string -%}
        {%- if (node['name'] == name and latest) or entity_kit._display_name(node) == name -%}
            {%- if found.node is none or node['package_name'] == model['package_name'] -%}
                {%- set found.node = node -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found.node) }}
{%- endmacro -%}
