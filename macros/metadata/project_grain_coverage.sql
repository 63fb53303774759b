{#- The body of the model `grain_coverage`. -#}
{%- macro project_grain_coverage() -%}
{{ return(adapter.dispatch('project_grain_coverage', 'entity_kit')()) }}
{%- endmacro -%}

{#-
    The tables are those whose macros left a note of their grain. dbt knows of them only when all is parsed, too late for
    a ref: they are read as they stand when this runs.
-#}
{%- macro default__project_grain_coverage() -%}
{%- set columns = {
    'unique_id': 'text', 'model_name': 'text', 'grain': 'text', 'business_key': 'text', 'spine': 'text',
    'timezone': 'text', 'is_built': 'boolean', 'first_period': 'timestamp', 'last_period': 'timestamp',
    'row_count': 'integer', 'entity_count': 'integer', 'gap_count': 'integer', 'first_gap': 'timestamp'
} -%}
{%- set parts = [] -%}
{%- if execute -%}
    {%- for node in graph['nodes'].values() -%}
        {%- set meta = node['config']['meta'] or {} -%}
        {%- set note = meta['entity_kit_grain'] or meta['entity_kit_rollup'] -%}
        {%- if note and node['resource_type'] == 'model' -%}
            {%- set table = none if node['config']['materialized'] == 'ephemeral' else entity_kit._table_of(node) -%}
            {%- set known = [
                node['unique_id'], entity_kit._display_name(node), note['grain'],
                note['business_key'] | join(', ') if note['business_key'] else none, note['spine'] or none,
                note['timezone'] or none, table is not none
            ] -%}
            {%- set cells = [] -%}
            {%- for name in columns -%}
                {%- if loop.index0 < known | length -%}
                    {%- set value = known[loop.index0] -%}
                    {%- set sql = entity_kit._text_literal(value) if columns[name] == 'text'
                        else entity_kit._literal(value) -%}
                {%- else -%}
                    {%- set sql = 'null' if table is none else 'held_now.' ~ name -%}
                {%- endif -%}
                {%- do cells.append('cast(' ~ sql ~ ' as ' ~ entity_kit._column_type(columns[name]) ~ ') as ' ~ name) -%}
            {%- endfor -%}
            {%- do parts.append('select\n    ' ~ cells | join(',\n    ') ~ (
                '' if table is none
                else '\nfrom (\n' ~ entity_kit.grain_coverage(table, 'durable_key') ~ '\n) as held_now'
            )) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{{ return(parts | join('\nunion all\n') if parts else entity_kit._no_rows(columns)) }}
{%- endmacro -%}
