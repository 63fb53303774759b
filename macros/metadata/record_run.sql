{#- The on-run-end hook: one insert for the whole run, or nothing where `run_history` isn't enabled. -#}
{%- macro record_run(results) -%}
{{ return(adapter.dispatch('record_run', 'entity_kit')(results)) }}
{%- endmacro -%}

{%- macro default__record_run(results) -%}
{%- set model_id = 'model.entity_kit.run_history' -%}
{%- if not execute or model_id not in graph['nodes'] -%}
{{ return('') }}
{%- endif -%}
{%- set rows = [] -%}
{%- set built = [] -%}
{%- for result in results -%}
    {%- set node = result.node -%}
    {%- if node.unique_id == model_id and result.status | string == 'success' -%}
        {%- do built.append(node) -%}
    {%- endif -%}
    {%- if node.resource_type in ['model', 'seed', 'snapshot'] and node.unique_id != model_id -%}
        {%- set answer = result.adapter_response or {} -%}
        {%- set affected = answer['rows_affected'] if 'rows_affected' in answer else none -%}
        {%- set status = result.status | string -%}
        {%- do rows.append([
            invocation_id, node.unique_id, node.name, node.resource_type | string,
            entity_kit._run_date('%Y-%m-%d %H:%M:%S'), flags.WHICH, target.name, status,
            result.execution_time, affected if affected is integer and affected >= 0 else none,
            flags.FULL_REFRESH or false, (result.message or '')[:2000] if status in ['error', 'fail'] else none
        ]) -%}
    {%- endif -%}
{%- endfor -%}
{%- if not rows -%}
{{ return('') }}
{%- endif -%}
{%- set node = graph['nodes'][model_id] -%}
{%- set table = entity_kit._table_of(node) -%}
{#- dbt v2 doesn't always know yet of a table that this run has built. -#}
{%- if table is none and built -%}
    {%- set table = api.Relation.create(
        database=node['database'], schema=node['schema'], identifier=node['alias'], type='table'
    ) -%}
{%- endif -%}
{%- set columns = entity_kit._run_history_columns() -%}
{%- if table is none -%}
    {%- set obstacle = 'it isn\'t built yet. Run: dbt run --select run_history' -%}
{%- else -%}
    {%- set obstacle = entity_kit._history_obstacle(table, columns) -%}
{%- endif -%}
{%- if obstacle -%}
    {#- Not a warning, which `--warn-error` would make an error: the run's result is never ours to change. -#}
    {%- do log('entity_kit: run_history was not written: ' ~ obstacle ~ '.', info=true) -%}
    {{ return('') }}
{%- endif -%}
{{ return(entity_kit._history_insert(table, columns, rows)) }}
{%- endmacro -%}
