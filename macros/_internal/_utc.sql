{#-
    An instant of any type (date, timestamp, zoned timestamp) as the plain timestamp that a clock in UTC shows; times
    without a zone are UTC. The type of a CTE's column isn't known while dbt compiles, so this goes by way of what all
    the types have: the time since 1970.
-#}
{%- macro _utc(expression) -%}
{{ return(adapter.dispatch('_utc', 'entity_kit')(expression)) }}
{%- endmacro -%}

{%- macro default___utc(expression) -%}
{{ return('cast(' ~ expression ~ ' as ' ~ dbt.type_timestamp() ~ ')') }}
{%- endmacro -%}

{%- macro duckdb___utc(expression) -%}
{{ return('make_timestamp(epoch_us(' ~ expression ~ '))') }}
{%- endmacro -%}

{%- macro postgres___utc(expression) -%}
{{ return("(timestamp '1970-01-01' + extract(epoch from " ~ expression ~ ") * interval '1 second')") }}
{%- endmacro -%}

{%- macro snowflake___utc(expression) -%}
{{ return('to_timestamp_ntz(date_part(epoch_microsecond, ' ~ expression ~ '), 6)') }}
{%- endmacro -%}

{%- macro bigquery___utc(expression) -%}
{{ return('datetime(cast(' ~ expression ~ " as timestamp), 'UTC')") }}
{%- endmacro -%}

{%- macro spark___utc(expression) -%}
{{ return('to_utc_timestamp(cast(' ~ expression ~ ' as timestamp), current_timezone())') }}
{%- endmacro -%}
