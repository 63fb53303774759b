{#- A zoned timestamp as the plain timestamp in UTC, whatever the session's zone. -#}
{%- macro _in_utc(expression) -%}
{{ return(adapter.dispatch('_in_utc', 'entity_kit')(expression)) }}
{%- endmacro -%}

{%- macro default___in_utc(expression) -%}
{{ return('(' ~ expression ~ " at time zone 'UTC')") }}
{%- endmacro -%}

{%- macro snowflake___in_utc(expression) -%}
{{ return("cast(convert_timezone('UTC', " ~ expression ~ ') as timestamp_ntz)') }}
{%- endmacro -%}

{%- macro bigquery___in_utc(expression) -%}
{{ return('datetime(' ~ expression ~ ", 'UTC')") }}
{%- endmacro -%}

{%- macro spark___in_utc(expression) -%}
{{ return('to_utc_timestamp(' ~ expression ~ ', current_timezone())') }}
{%- endmacro -%}
