{%- macro run_history() -%}
{{ return(adapter.dispatch('run_history', 'entity_kit')()) }}
{%- endmacro -%}

{#- The model makes the table; `record_run` writes into it when the run is over. -#}
{%- macro default__run_history() -%}
{%- do entity_kit._log_config() -%}
{{ return(entity_kit._no_rows(entity_kit._run_history_columns())) }}
{%- endmacro -%}
