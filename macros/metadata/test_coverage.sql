{%- macro test_coverage() -%}
{{ return(adapter.dispatch('test_coverage', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default__test_coverage() -%}
{%- set columns = {
    'unique_id': 'text', 'model_name': 'text', 'layer': 'text', 'column_name': 'text', 'unique_tests': 'integer',
    'not_null_tests': 'integer', 'relationships_tests': 'integer', 'values_tests': 'integer',
    'business_tests': 'integer', 'missing': 'text', 'is_covered': 'boolean'
} -%}
{%- set kinds = ['unique', 'not_null', 'relationships', 'values', 'business'] -%}
{%- set rows = [] -%}
{%- if execute -%}
    {%- set layers = entity_kit._layers() -%}
    {%- set tests = entity_kit._tests_by_model() -%}
    {%- for node in graph['nodes'].values() -%}
        {%- if node['resource_type'] == 'model' and node['package_name'] != 'entity_kit' -%}
            {#- A call for each model is most of the work, so the common case is written out. -#}
            {%- set name = entity_kit._shown_name(node) if node['version'] else node['name'] -%}
            {%- set own = tests[node['unique_id']] if node['unique_id'] in tests else [] -%}
            {%- set layer = entity_kit._layer_of(node, layers) -%}
            {%- set missing = entity_kit._missing_tests(layer, layers, own) if layer in layers else [] -%}
            {%- set names = [none] -%}
            {%- for column in node['columns'].values() -%}
                {%- do names.append(column['name']) -%}
            {%- endfor -%}
            {%- for test in own -%}
                {%- if test[1] is not none and test[1] not in names -%}
                    {%- do names.append(test[1]) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- for column in names -%}
                {%- set counts = [] -%}
                {%- for kind in kinds -%}
                    {%- set hits = own | selectattr(0, 'equalto', kind) -%}
                    {%- do counts.append((
                        hits if column is none else hits | selectattr(1, 'equalto', column)
                    ) | list | length) -%}
                {%- endfor -%}
                {%- do rows.append(
                    [node['unique_id'], name, layer, column] + counts
                    + ([missing | join(', '), missing | length == 0] if column is none else [none, none])
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{{ return(entity_kit._rows(columns, rows)) }}
{%- endmacro -%}
