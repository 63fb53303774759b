{#- The type of times without a zone, as `_utc` returns them. -#}
{%- macro _plain_timestamp_type() -%}
{{ return(adapter.dispatch('_plain_timestamp_type', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___plain_timestamp_type() -%}
{{ return(dbt.type_timestamp()) }}
{%- endmacro -%}

{#- dbt's type there is an instant. -#}
{%- macro bigquery___plain_timestamp_type() -%}
{{ return('datetime') }}
{%- endmacro -%}
