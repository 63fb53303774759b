{#- The layer that a node belongs to: a model's by its name's prefix, another node's its kind; none for no prefix. -#}
{%- macro _layer_of(node, layers) -%}
{%- if node['resource_type'] != 'model' -%}
{{ return(node['resource_type']) }}
{%- endif -%}
{%- set found = namespace(layer=none) -%}
{%- for layer in layers -%}
    {%- for prefix in layers[layer]['prefixes'] -%}
        {%- if found.layer is none and node['name'].startswith(prefix) -%}
            {%- set found.layer = layer -%}
        {%- endif -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(found.layer) }}
{%- endmacro -%}
