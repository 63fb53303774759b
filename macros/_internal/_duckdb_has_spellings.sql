{#- Whether an expression is of a type whose values DuckDB may spell in several ways: a constant to its optimizer. -#}
{%- macro _duckdb_has_spellings(expression) -%}
{{ return("typeof(" ~ expression ~ ") in ('DOUBLE', 'FLOAT', 'INTERVAL')") }}
{%- endmacro -%}
