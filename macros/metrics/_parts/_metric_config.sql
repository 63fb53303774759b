{#-
    The configs of a metric table. The unit of replacement is the period; one of which no row is left passes through as a
    row without length, which the hook removes.
-#}
{%- macro _metric_config(asked, model_config) -%}
{%- do config(
    materialized='incremental', incremental_strategy=entity_kit._row_strategy('replaced'), unique_key='period_start',
    post_hook='delete from {{ this }} where period_end = period_start'
) -%}
{%- do entity_kit._fail_on_schema_change(model_config) -%}
{%- do config(meta={'entity_kit_metric_table': {
    'metrics': asked.metrics, 'grain': asked.grain, 'dimensions': asked.dimensions, 'timezone': asked.zone
}}) -%}
{%- do config(model_config) -%}
{%- endmacro -%}
