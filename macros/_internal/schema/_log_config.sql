{#- The config of a log. It can't be rebuilt, so no flag may delete it. A column dropped by hand is added again. -#}
{%- macro _log_config() -%}
{%- do config(
    materialized='incremental', incremental_strategy=entity_kit._row_strategy('added'), full_refresh=false,
    on_schema_change='append_new_columns'
) -%}
{%- endmacro -%}
