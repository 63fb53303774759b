{#- The body of the data test `coverage_policy`. -#}
{%- macro coverage_gaps(relation) -%}
{{ return(adapter.dispatch('coverage_gaps', 'entity_kit')(relation)) }}
{%- endmacro -%}

{%- macro default__coverage_gaps(relation) -%}
{%- set columns = {'model_name': 'text', 'layer': 'text', 'missing': 'text', 'failure_reason': 'text'} -%}
{%- set rows = [] -%}
{%- if execute and model['attached_node'] in graph['nodes'] -%}
    {%- set node = graph['nodes'][model['attached_node']] -%}
    {%- set layers = entity_kit._layers() -%}
    {%- set layer = entity_kit._layer_of(node, layers) -%}
    {%- set tests = entity_kit._tests_by_model() -%}
    {%- set own = tests[node['unique_id']] if node['unique_id'] in tests else [] -%}
    {%- for kind in entity_kit._missing_tests(layer, layers, own | rejectattr(2, 'equalto', model['unique_id']) | list) -%}
        {%- do rows.append([
            entity_kit._display_name(node), layer, kind, 'the policy of layer ' ~ layer ~ ' requires a ' ~ kind ~ ' test'
        ]) -%}
    {%- endfor -%}
{%- endif -%}
{{ return(entity_kit._rows(columns, rows)) }}
{%- endmacro -%}
