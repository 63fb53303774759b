{#-
    The seconds from one time to another of the same type: negative if the second is earlier, NULL if either is. Fractions
    are cut off each time before, so that no engine counts otherwise than another.
-#}
{%- macro _seconds_apart(first, last) -%}
{{ return(adapter.dispatch('_seconds_apart', 'entity_kit')(first, last)) }}
{%- endmacro -%}

{%- macro default___seconds_apart(first, last) -%}
{{ return(entity_kit._one_line(dbt.datediff(first, last, 'second'))) }}
{%- endmacro -%}

{%- macro duckdb___seconds_apart(first, last) -%}
{{ return("date_diff('second', " ~ first ~ ', ' ~ last ~ ')') }}
{%- endmacro -%}

{#- dbt's own macro there casts to plain timestamps, in which an hour of the session's zone may be missing. -#}
{%- macro postgres___seconds_apart(first, last) -%}
{{ return(
    'cast(floor(extract(epoch from ' ~ last ~ ')) - floor(extract(epoch from ' ~ first ~ ')) as bigint)'
) }}
{%- endmacro -%}

{%- macro redshift___seconds_apart(first, last) -%}
{{ return('datediff(second, ' ~ first ~ ', ' ~ last ~ ')') }}
{%- endmacro -%}

{%- macro snowflake___seconds_apart(first, last) -%}
{{ return('datediff(second, ' ~ first ~ ', ' ~ last ~ ')') }}
{%- endmacro -%}

{#- The difference functions there count whole seconds that have passed. -#}
{%- macro bigquery___seconds_apart(first, last) -%}
{{ return('(unix_seconds(timestamp(' ~ last ~ ')) - unix_seconds(timestamp(' ~ first ~ ')))') }}
{%- endmacro -%}

{%- macro spark___seconds_apart(first, last) -%}
{{ return('(unix_timestamp(' ~ last ~ ') - unix_timestamp(' ~ first ~ '))') }}
{%- endmacro -%}

{%- macro trino___seconds_apart(first, last) -%}
{{ return('cast(floor(to_unixtime(' ~ last ~ ')) - floor(to_unixtime(' ~ first ~ ')) as bigint)') }}
{%- endmacro -%}
