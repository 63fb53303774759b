{#-
    Whether dbt's own `on_schema_change` check doesn't work here. On DuckDB, dbt v2 reads the types of a model's query
    from Arrow and those of its table from the catalog, and these have different names for nearly every type.
-#}
{%- macro _misreads_types() -%}
{{ return(target.type == 'duckdb' and dbt_version.split('.')[0] | int >= 2) }}
{%- endmacro -%}
