{#-
    Whether two texts that differ in case, in an accent, or in how an accent is written are equal under an expression's
    collation, in DuckDB's SQL: `case` takes the collation of both its branches, and is a constant to the optimizer.
-#}
{%- macro _duckdb_equates(expression, kind) -%}
{%- set texts = {
    'nocase': ["'A'", "'a'"], 'noaccent': ['chr(233)', "'e'"], 'nfc': ["'e' || chr(769)", 'chr(233)']
}[kind] -%}
{{ return('case when true then ' ~ texts[0] ~ ' else ' ~ expression ~ ' end = ' ~ texts[1]) }}
{%- endmacro -%}
