{#-
    The data tests of each model: `{unique_id: [[kind, column or none, test's unique_id]]}`. A generic test belongs to
    the model that it is declared on, a singular test to every model that it reads.
-#}
{%- macro _tests_by_model() -%}
{%- set found = {} -%}
{%- set kinds = entity_kit._test_kinds() -%}
{%- for node in graph['nodes'].values() -%}
    {%- if node['resource_type'] == 'test' -%}
        {%- set attached = node['attached_node'] if 'attached_node' in node else none -%}
        {%- set name = ((node['test_metadata'] if 'test_metadata' in node else none) or {})['name'] -%}
        {%- set kind = kinds[name] if name in kinds else 'business' -%}
        {%- set column = node['column_name'] if 'column_name' in node else none -%}
        {%- for model_id in ([attached] if attached else node['depends_on']['nodes']) -%}
            {%- if model_id not in found -%}
                {%- do found.update({model_id: []}) -%}
            {%- endif -%}
            {%- do found[model_id].append([kind, column, node['unique_id']]) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro -%}
