{#- A zoned timestamp as what a clock in UTC shows. -#}
{%- macro utc(zoned) -%}
{%- if target.type == 'spark' -%}
to_utc_timestamp({{ zoned }}, current_timezone())
{%- else -%}
{{ zoned }} at time zone 'UTC'
{%- endif -%}
{%- endmacro -%}
