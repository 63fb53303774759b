{#- The start of the query history to read: `entity_kit_usage_days` (default: 30) before this run. -#}
{%- macro _usage_since() -%}
{%- set days = var('entity_kit_usage_days', 30) -%}
{%- do entity_kit._require(
    days is integer and days is not boolean and days > 0, 'deprecated_model_usage', 'vars.entity_kit_usage_days',
    'a whole number of days, 1 or more', days, 'Write it without quotes.'
) -%}
{{ return(dbt.dateadd('day', -days, entity_kit._timestamp(entity_kit._run_date() ~ ' 00:00:00'))) }}
{%- endmacro -%}
