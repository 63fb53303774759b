{#- A text as a DuckDB collation compares it, with the functions that the collation itself calls. -#}
{%- macro _duckdb_folded(text, kinds) -%}
{%- set stripped = 'strip_accents(' ~ text ~ ')' if 'noaccent' in kinds else text -%}
{%- set folded = 'lower(' ~ stripped ~ ')' if 'nocase' in kinds else stripped -%}
{{ return('nfc_normalize(' ~ folded ~ ')' if 'nfc' in kinds else folded) }}
{%- endmacro -%}
