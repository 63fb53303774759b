{#- The body of the data test `naming_policy`. -#}
{%- macro naming_gaps(relation) -%}
{{ return(adapter.dispatch('naming_gaps', 'entity_kit')(relation)) }}
{%- endmacro -%}

{%- macro default__naming_gaps(relation) -%}
{%- set columns = {'model_name': 'text', 'layer': 'text', 'reads': 'text', 'failure_reason': 'text'} -%}
{%- set rows = [] -%}
{%- if execute and model['attached_node'] in graph['nodes'] -%}
    {%- set node = graph['nodes'][model['attached_node']] -%}
    {%- set layers = entity_kit._layers() -%}
    {%- set layer = entity_kit._layer_of(node, layers) -%}
    {%- if layer is none -%}
        {%- do rows.append([entity_kit._display_name(node), none, none, 'its name has no layer\'s prefix']) -%}
    {%- elif layer in layers -%}
        {%- for parent_id in node['depends_on']['nodes'] | unique -%}
            {%- set parent = graph['nodes'][parent_id] if parent_id in graph['nodes'] else graph['sources'][parent_id] -%}
            {%- set its_layer = entity_kit._layer_of(parent, layers) -%}
            {%- if its_layer not in layers[layer]['reads'] -%}
                {%- do rows.append([
                    entity_kit._display_name(node), layer, entity_kit._display_name(parent),
                    'layer ' ~ layer ~ ' may not read ' ~ (its_layer or 'a model without a layer')
                ]) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endif -%}
{{ return(entity_kit._rows(columns, rows)) }}
{%- endmacro -%}
