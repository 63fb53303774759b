{#- A zoned timestamp as the plain time in UTC. -#}
{%- macro utc(zoned) -%}
{%- if target.type in ['spark', 'databricks'] -%}
to_utc_timestamp({{ zoned }}, current_timezone())
{%- elif target.type == 'snowflake' -%}
cast(convert_timezone('UTC', {{ zoned }}) as timestamp_ntz)
{%- elif target.type == 'bigquery' -%}
datetime({{ zoned }}, 'UTC')
{%- else -%}
{{ zoned }} at time zone 'UTC'
{%- endif -%}
{%- endmacro -%}
