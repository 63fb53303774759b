{#- Whether an expression's type has values with several spellings in DuckDB. A constant to its optimizer. -#}
{%- macro _duckdb_has_spellings(expression) -%}
{%- set text = 'cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')' -%}
{{ return(
    '(typeof(' ~ expression ~ ") in ('DOUBLE', 'FLOAT', 'INTERVAL') or " ~ entity_kit._duckdb_equates(text, 'nocase')
    ~ ' or ' ~ entity_kit._duckdb_equates(text, 'nfc') ~ ')'
) }}
{%- endmacro -%}
