{#-
    Make DuckDB compute a CTE that a subquery reads only once. Otherwise it inlines a CTE that is read in one place
    into the subquery, and reads the outer table once more; 1.3 even joins what is joined there to each of its rows.
-#}
{%- macro _materialized() -%}
{{ return(adapter.dispatch('_materialized', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___materialized() -%}
{{ return('') }}
{%- endmacro -%}

{%- macro duckdb___materialized() -%}
{{ return('materialized ') }}
{%- endmacro -%}
