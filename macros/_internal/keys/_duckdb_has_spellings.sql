{#- Whether an expression is of a type whose values DuckDB may spell in several ways: a constant to its optimizer. -#}
{%- macro _duckdb_has_spellings(expression) -%}
{%- set text = 'cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')' -%}
{{ return(
    '(typeof(' ~ expression ~ ") in ('DOUBLE', 'FLOAT', 'INTERVAL') or " ~ entity_kit._duckdb_equates(text, 'nocase')
    ~ ' or ' ~ entity_kit._duckdb_equates(text, 'nfc') ~ ')'
) }}
{%- endmacro -%}
