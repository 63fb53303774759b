{#-
    Says that a CTE that a subquery reads is computed once. DuckDB takes a CTE that is read in one place for a part of the
    subquery: it then reads the outer table once more, and 1.3 joins what is joined in there to each of its rows.
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
