{#- Why `run_history` can't take a row, for example after a change by hand, or none if it can. -#}
{%- macro _history_obstacle(table, columns) -%}
{{ return(adapter.dispatch('_history_obstacle', 'entity_kit')(table, columns)) }}
{%- endmacro -%}

{%- macro default___history_obstacle(table, columns) -%}
{#- dbt-spark doesn't say that what it has just built is a table. -#}
{%- if table.type is not none and not table.is_table -%}
{{ return(table ~ ' is not a table') }}
{%- endif -%}
{%- set found = entity_kit._column_types('select * from ' ~ table) -%}
{%- set expected = entity_kit._column_types(entity_kit._no_rows(columns)) -%}
{%- for name in columns -%}
    {%- if name not in found -%}
        {{ return(table ~ ' lacks the column ' ~ name ~ '. Run: dbt run --select run_history') }}
    {%- elif found[name] != expected[name] -%}
        {{ return(
            'the column ' ~ name ~ ' of ' ~ table ~ ' is of type ' ~ found[name] ~ ', not ' ~ expected[name]
            ~ '. Change it back, or drop it'
        ) }}
    {%- endif -%}
{%- endfor -%}
{{ return(none) }}
{%- endmacro -%}

{#- DuckDB can't catch a statement's error, so check for constraints before. -#}
{%- macro duckdb___history_obstacle(table, columns) -%}
{%- set other = entity_kit.default___history_obstacle(table, columns) -%}
{%- if other -%}
{{ return(other) }}
{%- endif -%}
{%- set it = 'database_name = ' ~ entity_kit._text_literal(table.database)
    ~ ' and schema_name = ' ~ entity_kit._text_literal(table.schema)
    ~ ' and table_name = ' ~ entity_kit._text_literal(table.identifier) -%}
{%- set constraints = run_query(
    'select (select count(*) from duckdb_constraints() where ' ~ it
    ~ ') + (select count(*) from duckdb_indexes() where is_unique and ' ~ it ~ ')'
) -%}
{{ return(table ~ ' has constraints. Drop them' if constraints.rows[0][0] > 0 else none) }}
{%- endmacro -%}
