{%- macro deprecated_model_usage() -%}
{{ return(adapter.dispatch('deprecated_model_usage', 'entity_kit')()) }}
{%- endmacro -%}

{#- For engines without a query history: the columns, no rows, and the reason. -#}
{%- macro default__deprecated_model_usage() -%}
{{ return(entity_kit._no_usage(target.type ~ ' keeps no query history')) }}
{%- endmacro -%}

{#- The access history has each object that a query names, including views. It is up to three hours late. -#}
{%- macro snowflake__deprecated_model_usage() -%}
{%- set reads -%}
select
    upper(replace(accessed.value:"objectName"::string, '"', '')) as relation_key,
    history.user_name,
    cast(history.query_start_time as timestamp_ntz) as read_at
from snowflake.account_usage.access_history as history,
    lateral flatten(input => history.direct_objects_accessed) as accessed
where history.query_start_time >= {{ entity_kit._usage_since() }}
{%- endset -%}
{{ return(entity_kit._usage(reads, 'snowflake.account_usage.access_history')) }}
{%- endmacro -%}

{#- A job lists the tables that it read; a view is only in its text. -#}
{%- macro bigquery__deprecated_model_usage() -%}
{%- set history = '`' ~ target.project ~ '`.`region-' ~ (target.location or 'us') | lower
    ~ '`.INFORMATION_SCHEMA.JOBS_BY_PROJECT' -%}
{%- set reads -%}
select
    deprecated.relation_key,
    jobs.user_email as user_name,
    jobs.creation_time as read_at
from {{ history }} as jobs
inner join deprecated
    on regexp_contains(lower(jobs.query), deprecated.pattern)
        or exists (
            select 1
            from unnest(jobs.referenced_tables) as referenced
            where upper(concat(referenced.project_id, '.', referenced.dataset_id, '.', referenced.table_id))
                = deprecated.relation_key
        )
where jobs.creation_time >= {{ entity_kit._usage_since() }}
    and jobs.job_type = 'QUERY'
    and jobs.statement_type not in ('DELETE', 'SCRIPT')
{%- endset -%}
{{ return(entity_kit._usage(reads, history, patterns=true)) }}
{%- endmacro -%}

{%- macro databricks__deprecated_model_usage() -%}
{%- set reads -%}
select
    upper(source_table_full_name) as relation_key,
    created_by as user_name,
    event_time as read_at
from system.access.table_lineage
where source_table_full_name is not null
    and event_time >= {{ entity_kit._usage_since() }}
{%- endset -%}
{{ return(entity_kit._usage(reads, 'system.access.table_lineage')) }}
{%- endmacro -%}

{%- macro redshift__deprecated_model_usage() -%}
{%- set reads -%}
select
    deprecated.relation_key,
    trim(users.usename) as user_name,
    history.start_time as read_at
from sys_query_history as history
inner join deprecated
    on regexp_count(lower(history.query_text), deprecated.pattern, 1, 'p') > 0
left join pg_user as users
    on history.user_id = users.usesysid
where history.start_time >= {{ entity_kit._usage_since() }}
    and history.database_name = {{ entity_kit._text_literal(target.dbname) }}
    and history.query_type <> 'DELETE'
{%- endset -%}
{{ return(entity_kit._usage(reads, 'sys_query_history', patterns=true)) }}
{%- endmacro -%}

{#- Counted since the statistics were last reset, without individual times. -#}
{%- macro postgres__deprecated_model_usage() -%}
{%- if not execute -%}
{{ return(entity_kit._no_usage('dbt is parsing')) }}
{%- endif -%}
{%- set found = run_query(
    "select quote_ident(space.nspname), (select count(*) from pg_settings where name = 'pg_stat_statements.max')"
    ~ " from pg_extension as ext inner join pg_namespace as space on ext.extnamespace = space.oid"
    ~ " where ext.extname = 'pg_stat_statements'"
).rows -%}
{%- if found | length == 0 -%}
{{ return(entity_kit._no_usage('this database lacks the extension pg_stat_statements')) }}
{%- elif found[0][1] == 0 -%}
{{ return(entity_kit._no_usage('pg_stat_statements is not in shared_preload_libraries')) }}
{%- endif -%}
{%- set reads -%}
select
    deprecated.relation_key,
    users.usename as user_name,
    cast(null as timestamp) as read_at,
    statements.calls
from {{ found[0][0] }}.pg_stat_statements as statements
inner join deprecated
    on regexp_replace(lower(statements.query), 'delete\s+from', '', 'g') ~ deprecated.pattern
left join pg_user as users
    on statements.userid = users.usesysid
where statements.dbid = (select oid from pg_database where datname = current_database())
{%- endset -%}
{{ return(entity_kit._usage(reads, 'pg_stat_statements', patterns=true, calls='calls')) }}
{%- endmacro -%}
