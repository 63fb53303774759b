{%- macro deprecated_models() -%}
{{ return(adapter.dispatch('deprecated_models', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default__deprecated_models() -%}
{%- set columns = {
    'model_name': 'text', 'unique_id': 'text', 'stage': 'text', 'replacement': 'text', 'replacement_chain': 'text',
    'deprecation_date': 'date', 'sunset_date': 'date', 'days_left': 'integer', 'owner': 'text', 'reason': 'text',
    'migration_guide': 'text', 'direct_consumers': 'integer', 'transitive_consumers': 'integer',
    'exposures': 'integer', 'tests': 'integer', 'consumers': 'text'
} -%}
{%- set found = namespace(rows=[]) -%}
{%- if execute -%}
    {%- set today = entity_kit._day_number(entity_kit._run_date()) -%}
    {%- set deprecated = [] -%}
    {%- for node in graph['nodes'].values() -%}
        {#- Written out, because a call for each node of the graph would be most of the work. -#}
        {%- if 'entity_kit_deprecation' in (node['config']['meta'] or {}) -%}
            {%- do deprecated.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set readers = entity_kit._graph_readers() if deprecated else {} -%}
    {%- for node in deprecated -%}
        {%- set deprecation = entity_kit._deprecation_of(node) -%}
        {%- set chain = namespace(names=[entity_kit._display_name(node)]) -%}
        {%- for each in entity_kit._replacement_chain('deprecate', node, deprecation) -%}
            {%- set chain.names = chain.names + [entity_kit._display_name(each)] -%}
        {%- endfor -%}
        {%- set names = namespace(all=[]) -%}
        {%- for each in entity_kit._consumers(node['unique_id']) -%}
            {%- set names.all = names.all + [each['kind'] ~ ' ' ~ each['name']] -%}
        {%- endfor -%}
        {%- set reach = entity_kit._distances(node['unique_id'], readers) -%}
        {%- set kinds = namespace(exposures=0, tests=0) -%}
        {%- for other in reach -%}
            {%- set kinds.exposures = kinds.exposures + (1 if other.startswith('exposure.') else 0) -%}
        {%- endfor -%}
        {#- Its own tests count here, because they end with it or move to the replacement. -#}
        {%- for other in graph['nodes'].values() -%}
            {%- if other['resource_type'] == 'test' and node['unique_id'] in other['depends_on']['nodes'] -%}
                {%- set kinds.tests = kinds.tests + 1 -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set found.rows = found.rows + [[
            chain.names[0], node['unique_id'], entity_kit._deprecation_stage(deprecation), deprecation['replacement'],
            chain.names | join(' → ') if chain.names | length > 1 else none,
            deprecation['deprecation_date'], deprecation['sunset_date'],
            entity_kit._day_number(deprecation['sunset_date']) - today,
            deprecation['owner'], deprecation['reason'], deprecation['migration_guide'],
            names.all | length, reach | length, kinds.exposures, kinds.tests, names.all | join(', ')
        ]] -%}
    {%- endfor -%}
{%- endif -%}
{{ return(entity_kit._rows(columns, found.rows)) }}
{%- endmacro -%}
