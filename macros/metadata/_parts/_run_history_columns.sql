{#- The columns of `run_history`, one row per invocation and node. -#}
{%- macro _run_history_columns() -%}
{{ return({
    'invocation_id': 'text', 'unique_id': 'text', 'model_name': 'text', 'resource_type': 'text',
    'started_at': 'timestamp', 'command': 'text', 'target_name': 'text', 'status': 'text', 'seconds': 'number',
    'rows_affected': 'integer', 'is_full_refresh': 'boolean', 'message': 'text'
}) }}
{%- endmacro -%}
