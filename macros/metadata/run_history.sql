{%- macro run_history() -%}
{{ return(adapter.dispatch('run_history', 'entity_kit')()) }}
{%- endmacro -%}

{#- The model makes the table; `record_run` writes into it when the run is over. No flag may do away with the past. -#}
{%- macro default__run_history() -%}
{%- do config(
    materialized='incremental', incremental_strategy=entity_kit._row_strategy('added'), full_refresh=false,
    on_schema_change='append_new_columns'
) -%}
{{ return(entity_kit._no_rows(entity_kit._run_history_columns())) }}
{%- endmacro -%}
