{%- macro _zoned_timestamp_type() -%}
{{ return(adapter.dispatch('_zoned_timestamp_type', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___zoned_timestamp_type() -%}
{{ return('timestamp with time zone') }}
{%- endmacro -%}

{%- macro snowflake___zoned_timestamp_type() -%}
{{ return('timestamp_tz') }}
{%- endmacro -%}

{#- Both engines' plain `timestamp` is an instant. -#}
{%- macro bigquery___zoned_timestamp_type() -%}
{{ return('timestamp') }}
{%- endmacro -%}

{%- macro spark___zoned_timestamp_type() -%}
{{ return('timestamp') }}
{%- endmacro -%}
