{#-
    An instant of any type (date, timestamp, zoned timestamp) as the plain timestamp in UTC; times without a zone are
    UTC. The type of a CTE's column isn't known while dbt compiles, so this uses what all the types have: the time
    since 1970.
-#}
{%- macro _utc(expression) -%}
{{ return(adapter.dispatch('_utc', 'entity_kit')(expression)) }}
{%- endmacro -%}

{%- macro default___utc(expression) -%}
{{ return('cast(' ~ expression ~ ' as ' ~ dbt.type_timestamp() ~ ')') }}
{%- endmacro -%}

{#-
    DuckDB 2.0 rounds nanoseconds, and 1.x those before 1970: one too many, which is seen from the nanoseconds since the
    minute, cut here to microseconds. A minute has an even number of these, so where the two differ in parity it was one.
-#}
{%- macro duckdb___utc(expression) -%}
{%- set microseconds = 'epoch_us(' ~ expression ~ ')' -%}
{{ return(
    'make_timestamp(' ~ microseconds ~ ' - ((' ~ microseconds ~ ' - nanosecond(' ~ expression ~ ') // 1000) & 1))'
) }}
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

{#- There the seconds since 1970 have no fraction. The session's zone is UTC, as it is unless a user has set another. -#}
{%- macro redshift___utc(expression) -%}
{{ return(entity_kit.default___utc(expression)) }}
{%- endmacro -%}

{#- A cast would show the time in the value's own zone. `and_microseconds` is for `_dateadd`. -#}
{%- macro trino___utc(expression, and_microseconds=0) -%}
{%- set microseconds = 'cast(round(1000000 * to_unixtime(' ~ expression ~ ')) as bigint)' -%}
{%- set nanoseconds = '\n    1000 * (' ~ microseconds ~ ' + ' ~ and_microseconds ~ ')\n' if and_microseconds
    else '1000 * ' ~ microseconds -%}
{{ return(
    'cast(from_unixtime_nanos(' ~ nanoseconds ~ ')' ~ (' ' if and_microseconds else '\n    ')
    ~ "at time zone 'UTC' as timestamp(6))"
) }}
{%- endmacro -%}
